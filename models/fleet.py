"""The depreciation of one payer's assets by quarter, in three cases of spending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from models.asset_classes import SERVERS, AssetClass, asset_classes, class_words
from models.capex_accounts import Account, in_bn_usd
from models.capex_history import capex_history
from models.capex_path import CASES, CapexPath, capex_path, capex_plans
from models.payer import Payer
from models.payer_data import PayerData
from models.vintages import QUARTERS_A_YEAR, LifeChange, vintage_charges

__all__ = ["Fleet", "Income", "fleet", "income_reason"]

_BN = 1e9


@dataclass(frozen=True)
class Income:
    """Operating income of twelve months and what it is measured on, bn USD; None is unknown.

    `depreciation` is the reported one, when there is one; `cloud_margin` the margin before depreciation of
    a cloud segment that publishes its own (fraction), with its words.
    """

    operating_income: float | None
    revenue: float | None
    depreciation: float | None
    words: str
    source: str | None
    known_at: date | None
    cloud_margin: tuple[float, str] | None = None


@dataclass(frozen=True)
class Fleet:
    """Spending, asset classes and income of one payer.

    Parameters
    ----------
    paths, classes
        One path and one tuple of classes per case of `CASES`.
    book_life
        Stated life of servers (years), None when not stated.
    kind
        estimate, or inference where the life itself is assumed.
    words
        What stands behind the figures, without the spending (each path has its own).
    """

    paths: tuple[CapexPath, ...]
    classes: tuple[tuple[AssetClass, ...], ...]
    book_life: float | None
    income: Income
    kind: str
    words: str
    source: str
    known_at: date | None

    def path(self, case: str) -> CapexPath:
        """Return the path of a case."""
        return self.paths[CASES.index(case)]

    def charges(
        self,
        case: str,
        *,
        life: float | None = None,
        change: LifeChange | None = None,
        longer_lag: float = 0.0,
    ) -> npt.NDArray[np.float64]:
        """Return the depreciation of each quarter of the path, bn USD.

        Parameters
        ----------
        case
            low, base or high.
        life
            Life of servers (years) as if it had always held; None for the life in the books.
        change
            A prospective change of the life of servers.
        longer_lag
            Years added to the lag of servers before service.
        """
        path = self.path(case)
        total = np.zeros(len(path.spent))
        for c in self.classes[CASES.index(case)]:
            is_server = c.key == SERVERS
            total += c.share * vintage_charges(
                path.spent,
                life=life if is_server and life is not None else c.life,
                lag=max(c.lag + longer_lag, 0.0) if is_server else c.lag,
                periods=len(path.spent),
                change=change if is_server else None,
            )
        return total

    def trailing(self) -> float:
        """Depreciation of the last four known quarters, bn USD."""
        today = self.path("base").today
        return float(self.charges("base")[today - QUARTERS_A_YEAR + 1 : today + 1].sum())

    def next_year(self, case: str, *, life: float | None = None, longer_lag: float = 0.0) -> float:
        """Depreciation of the next four quarters, bn USD; parameters as in `charges`."""
        start = self.path(case).today + 1
        charges = self.charges(case, life=life, longer_lag=longer_lag)
        return float(charges[start : start + QUARTERS_A_YEAR].sum())

    def cash_margin(self) -> tuple[float | None, str]:
        """Return the margin before depreciation (fraction) and its words, or None and the reason.

        ``(OI + D&A) / revenue``: of the cloud segment where it publishes all three, since the cloud is what
        the spending is for; else of the group with the reported D&A, else with the modelled depreciation.
        """
        income = self.income
        if income.cloud_margin is not None:
            return income.cloud_margin
        if income.operating_income is None or income.revenue is None or income.revenue <= 0:
            return None, "margin before depreciation not known: needs operating income and revenue"
        charge = self.trailing() if income.depreciation is None else income.depreciation
        margin = (income.operating_income + charge) / income.revenue
        origin = "modelled" if income.depreciation is None else "reported"
        if margin <= 0:
            return None, f"margin before depreciation is not positive ({margin:.1%})"
        return (
            margin,
            f"margin before depreciation {margin:.1%} with {origin} depreciation of {charge:.1f} bn",
        )


def fleet(
    data: PayerData,
    payer: Payer,
    figures: pl.DataFrame,
    *,
    capex_cut: float = 0.0,
    margin_change: float = 0.0,
) -> Fleet | str:
    """Return what is needed for the depreciation of a payer, or the reason why there is none.

    Parameters
    ----------
    data, payer
        The payer; its accounts may carry a scenario.
    figures
        `FIGURES`, for plans.
    capex_cut
        Scenario fall of what is still to be spent (fraction).
    margin_change
        Scenario change of a published cloud segment's margin (fraction of its revenue).

    Missing data: a reason where fewer than four quarters of capex are known. Simulated spending is never
    set against published income, nor the other way round.
    """
    history = capex_history(data)
    if isinstance(history, str):
        return history
    life = payer.balances.book_life
    plans = capex_plans(data, figures, history)
    classes = tuple(asset_classes(life, case) for case in CASES)
    income = _income(data, payer, is_simulated=history.is_simulated)
    income = replace(income, cloud_margin=_cloud_margin(data, figures, margin_change))
    paths = tuple(capex_path(history, plans, case=case, capex_cut=capex_cut) for case in CASES)
    plans = list(dict.fromkeys(plan for path in paths for plan in path.plans))
    sources = [history.source, *(p.source for p in plans), *([life.source] if life else [])]
    # A statement's panel row names the market source as a whole, the quarters name its parts already.
    if income.source is not None and f"{income.source}:" not in history.source:
        sources.append(income.source)
    days = [history.known_at, *(p.known_at for p in plans), life.known_at if life else None]
    return Fleet(
        paths=paths,
        classes=classes,
        book_life=life.value if life else None,
        income=income,
        kind="inference" if life is None else "estimate",
        words="; ".join([class_words(asset_classes(life), life), income.words]),
        source="+".join(dict.fromkeys(sources)),
        known_at=max((d for d in (*days, income.known_at) if d), default=None),
    )


def _income(data: PayerData, payer: Payer, *, is_simulated: bool) -> Income:
    """Twelve months of operating income from the first account of the same origin that has it."""
    alike = [a for a in payer.accounts if a.is_simulated == is_simulated]
    chosen = next((a for a in alike if a.operating_income is not None), None)
    if chosen is None:
        return Income(None, None, None, "operating income not known", None, None)
    year: Account = chosen.annualised()
    reported = data.row["depreciation_ttm_usd"]
    is_statement = chosen.period.startswith("four quarters")
    charge = reported / _BN if is_statement and isinstance(reported, float) and reported > 0 else None
    words = f"operating income {year.operating_income:.1f} bn, {year.period}"
    return Income(year.operating_income, year.revenue, charge, words, chosen.source, chosen.known_at)


def _cloud_margin(data: PayerData, figures: pl.DataFrame, change: float) -> tuple[float, str] | None:
    """Margin before depreciation of the newest twelve months of a segment that publishes what it needs."""
    rows = figures.filter(
        (pl.col("node") == data.ticker)
        & (pl.col("metric") == "depreciation_amortization")
        & pl.col("superseded_by").is_null()
        & (pl.col("known_at").is_null() | (pl.col("known_at") <= data.as_of))
    ).sort("figure_id")
    charges = {(r["subject"], r["period_end"], r["period_months"]): r for r in rows.iter_rows(named=True)}
    for segment in data.segments():
        row = charges.get((segment.subject, segment.end, segment.months))
        charge = None if row is None else in_bn_usd(row, data.fx_to_usd)
        income, revenue = segment.operating_income, segment.revenue
        if charge is None or income is None or revenue is None or revenue <= 0:
            continue
        margin = (income + charge) / revenue + change
        if margin > 0:
            said = f"margin before depreciation {margin:.1%} of {segment.subject}, {segment.period}"
            return margin, f"{said}, depreciation of {charge:.1f} bn as published"
    return None


def income_reason(income: Income) -> str | None:
    """Return why nothing can be set against operating income, or None."""
    if income.operating_income is None:
        return "operating income not known"
    return "operating income is not positive: no share of it" if income.operating_income <= 0 else None
