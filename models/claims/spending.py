"""Claims about capital spending: whether it outgrows cash, and what shorter lives would cost."""

from __future__ import annotations

from statistics import median

import polars as pl

from models.claims.evidence import YEAR_DAYS, Claim, ClaimEvidence, newest_day, sources_of, year_apart
from models.claims.outcome import Outcome, by_count, by_threshold, named, not_testable

__all__ = ["capex_outgrows_cash", "debt_exceeds_peers", "income_per_capex_falls", "shorter_life_costs"]

YEAR_QUARTERS = 4
NEEDED = ("capex", "operating_cash_flow")
SHORTEST_LIFE = 3.0


def capex_outgrows_cash(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether capital spending takes a larger share of operating cash flow than a year before.

    ``capex / OCF`` over the last four quarters against the four quarters a year before; exact sign test.

    Missing data: a company without eight complete consecutive quarters, or with OCF of zero or less, is left
    out.
    """
    holds, parts, days, sources = {}, [], [], []
    for ticker in evidence.tickers(claim.subjects):
        rows = evidence.quarters.filter(ticker=ticker).sort("period_end").tail(2 * YEAR_QUARTERS)
        ratios = _two_years(rows)
        if ratios is None:
            continue
        before, now = ratios
        holds[ticker] = now > before
        parts.append((evidence.name(ticker), f"{now:.0%} (a year before {before:.0%})"))
        days.append(newest_day(rows.get_column("known_at")))
        sources += rows.get_column("source").to_list()
    return by_count(
        holds,
        f"capex over operating cash flow: {named(parts)}" if parts else "",
        what="eight quarters of capex and cash flow",
        tested_on=newest_day(days),
        source=sources_of(sources),
    )


def _two_years(rows: pl.DataFrame) -> tuple[float, float] | None:
    if rows.height < 2 * YEAR_QUARTERS or any(rows.get_column(c).null_count() for c in NEEDED):
        return None
    ends = rows.get_column("period_end").to_list()
    spans = ((ends[i + YEAR_QUARTERS] - ends[i]).days for i in range(YEAR_QUARTERS))
    if not all(YEAR_DAYS[0] <= span <= YEAR_DAYS[1] for span in spans):
        return None
    capex, cash = (rows.get_column(c).to_list() for c in NEEDED)
    sums = [(sum(capex[i : i + 4]), sum(cash[i : i + 4])) for i in (0, YEAR_QUARTERS)]
    if any(ocf <= 0 for _, ocf in sums):
        return None
    (spent_then, cash_then), (spent, got) = sums
    return spent_then / cash_then, spent / got


def income_per_capex_falls(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether operating income over capital spending fell: the notes' AWS over Amazon proxy.

    `subjects` are (ticker, perimeter) of EFFICIENCY. ``value`` = newest ratio less that of the same
    period of the year before.

    Missing data: not testable without the two.
    """
    ticker, perimeter = claim.subjects
    rows = evidence.efficiency.filter(
        (pl.col("ticker") == ticker)
        & (pl.col("perimeter") == perimeter)
        & pl.col("operating_income_per_capex").is_not_null()
    )
    pair = year_apart(rows, perimeter)
    if isinstance(pair, str):
        return not_testable(pair)
    (now, new), (then, old) = pair.select("period", "operating_income_per_capex").iter_rows()
    figures = f"{perimeter}: operating income over capex {new:.2f} ({now}) against {old:.2f} ({then})"
    return by_threshold(
        new < old,
        figures,
        value=new - old,
        tested_on=evidence.as_of,
        kind="estimate",
        source=sources_of(pair.get_column("source")),
    )


def shorter_life_costs(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether servers written off over three years would cost the payers a material share of income.

    ``value`` = median over the subjects of the extra depreciation over operating income; supported when it
    reaches the claim's threshold.

    Missing data: a subject without the figure is left out; not testable without any.
    """
    rows = evidence.depreciation.filter(
        pl.col("ticker").is_in(list(evidence.tickers(claim.subjects)))
        & (pl.col("life_years") == SHORTEST_LIFE)
        & pl.col("change_to_operating_income").is_not_null()
    ).sort("ticker")
    if not rows.height or claim.threshold is None:
        return not_testable("no payer with capex, a stated life and positive operating income")
    shares = dict(rows.select("ticker", "change_to_operating_income").iter_rows())
    middle = median(shares.values())
    parts = named([(evidence.name(t), f"{s:.0%}") for t, s in shares.items()])
    return by_threshold(
        middle >= claim.threshold,
        f"extra depreciation at three years over operating income, median {middle:.0%}: {parts}",
        value=middle,
        n=rows.height,
        tested_on=evidence.as_of,
        source=sources_of(rows.get_column("source")),
        kind="inference",
    )


def debt_exceeds_peers(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether the first subject is more indebted than the others and spends more than it earns.

    Supported when its debt over equity is above each other subject's and its capex over operating cash flow
    is above 1. ``value`` = its debt over equity.

    Missing data: not testable without its two ratios and one peer's debt over equity.
    """
    group = evidence.efficiency.filter(pl.col("perimeter") == "group")
    debts = _first(group, claim.subjects, "debt_to_equity")
    first, *others = claim.subjects
    cash = _first(group, (first,), "capex_to_ocf").get(first)
    peers = {t: debts[t] for t in others if t in debts}
    if first not in debts or cash is None or not peers:
        return not_testable("debt over equity or capex over operating cash flow not known")
    parts = named([(evidence.name(t), f"{debts[t]:.0%}") for t in (first, *peers)])
    return by_threshold(
        debts[first] > max(peers.values()) and cash > 1,
        f"debt over equity {parts}; {evidence.name(first)} capex over operating cash flow {cash:.0%}",
        value=debts[first],
        n=1 + len(peers),
        tested_on=evidence.as_of,
        source=sources_of(_rows(group, claim.subjects, "debt_to_equity").get_column("source")),
    )


def _rows(rows: pl.DataFrame, tickers: tuple[str, ...], column: str) -> pl.DataFrame:
    known = rows.filter(pl.col("ticker").is_in(list(tickers)) & pl.col(column).is_not_null())
    return known.unique("ticker", keep="first", maintain_order=True)


def _first(rows: pl.DataFrame, tickers: tuple[str, ...], column: str) -> dict[str, float]:
    return dict(_rows(rows, tickers, column).select("ticker", column).iter_rows())
