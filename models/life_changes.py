"""Changes of the useful life of servers as prospective accounting: what they do to a year's depreciation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from models.asset_classes import SERVER_LAG, SHORT_LIVED_SHARE
from models.capex_accounts import Account, in_bn_usd
from models.capex_history import MIN_QUARTERS
from models.capex_path import BACK_QUARTERS, HORIZON
from models.fleet import Fleet
from models.payer import Payer
from models.vintages import QUARTERS_A_YEAR, LifeChange, vintage_charges

__all__ = ["CAVEAT", "StatedChange", "life_change_rows", "restated", "stated_changes"]

_BEFORE, _AFTER = "server_life_before", "server_life_after"
# Metric -> sign of the stated effect on depreciation.
_EFFECTS = {"server_life_depreciation_rise": 1.0, "server_life_depreciation_fall": -1.0}
_MONTHS_A_YEAR, _MONTHS_A_QUARTER = 12, 3
CAVEAT = (
    "book value by age is not disclosed: the model takes two thirds of all spending as servers at the old "
    "life, so direction and size are compared, not digits"
)


@dataclass(frozen=True)
class StatedChange:
    """A change of life as a company stated it; `effect` is on a year's depreciation, bn USD."""

    effective: date
    old_life: float
    new_life: float
    effect: float | None
    source: str
    known_at: date | None
    note: str


def stated_changes(
    figures: pl.DataFrame, ticker: str, *, as_of: date, fx_to_usd: Mapping[str, float]
) -> list[StatedChange]:
    """Return the stated changes of a company in order of their day.

    Missing data: a change without both lives is left out; one without an effect, or without an exchange rate
    for it, has None.
    """
    metrics = [_BEFORE, _AFTER, *_EFFECTS]
    rows = figures.filter(
        (pl.col("node") == ticker)
        & pl.col("metric").is_in(metrics)
        & pl.col("value").is_not_null()
        & pl.col("period_end").is_not_null()
        & (pl.col("known_at").is_null() | (pl.col("known_at") <= as_of))
        & pl.col("superseded_by").is_null()
    ).sort("period_end", "figure_id")
    found = []
    for (day,), group in rows.group_by("period_end", maintain_order=True):
        by_metric = {str(r["metric"]): r for r in group.iter_rows(named=True)}
        if not isinstance(day, date) or _BEFORE not in by_metric or _AFTER not in by_metric:
            continue
        old, new = float(by_metric[_BEFORE]["value"]), float(by_metric[_AFTER]["value"])
        stated = next((m for m in _EFFECTS if m in by_metric), None)
        if old > 0 and new > 0:
            found.append(_stated(day, (old, new), stated, by_metric, fx_to_usd))
    return found


def _stated(
    day: date,
    lives: tuple[float, float],
    metric: str | None,
    rows: dict[str, dict[str, object]],
    fx_to_usd: Mapping[str, float],
) -> StatedChange:
    amount = None if metric is None else in_bn_usd(rows[metric], fx_to_usd)
    effect = None if metric is None or amount is None else _EFFECTS[metric] * amount
    days = [d for r in rows.values() if isinstance(d := r["known_at"], date)]
    return StatedChange(
        effective=day,
        old_life=lives[0],
        new_life=lives[1],
        effect=effect,
        source="+".join(dict.fromkeys(str(r["source"]) for r in rows.values())),
        known_at=max(days, default=None),
        note="; ".join(dict.fromkeys(str(r["note"]) for r in rows.values() if r["note"])),
    )


def life_change_rows(
    ticker: str, assets: Fleet | str, stated: list[StatedChange], *, server_life: float | None = None
) -> list[dict[str, object]]:
    """Return the LIFE_CHANGES rows of a payer: stated changes, and a scenario's from the next quarter on.

    The book value of the servers held on the day is charged evenly over what is left of the new life,
    ``NBV/(L_new - age)``, at once where nothing is left; the effect is on the four quarters from the day on,
    of assets bought before it.

    Missing data: a row with a reason where fewer than four known quarters lie before the day, and where
    spending is not known.

    References: ASC 250; methods, section 3.
    """
    rows = [_row(ticker, assets, change, "stated") for change in stated]
    if server_life is not None and not isinstance(assets, str) and assets.book_life is not None:
        base = assets.path("base")
        start = date.fromordinal(base.end(0).toordinal() + 1)
        words = f"scenario: servers over {server_life:g} years"
        change = StatedChange(start, assets.book_life, server_life, None, assets.source, None, words)
        rows.append(_row(ticker, assets, change, "scenario"))
    return rows


def restated(payer: Payer, assets: Fleet | str, *, server_life: float | None) -> Payer:
    """Return the payer with operating income less the extra charge of a scenario's life.

    The change is prospective from the next quarter on; the extra charge of four quarters, write-offs of
    servers older than the new life included, is taken from twelve months and in proportion from shorter
    accounts. Tax and cash flow do not move.

    Missing data: unchanged without a scenario, a fleet or a stated life.
    """
    if server_life is None or isinstance(assets, str) or assets.book_life is None:
        return payer
    start = assets.path("base").today + 1
    moved = assets.charges("base", change=LifeChange(start, server_life)) - assets.charges("base")
    extra = float(moved[start : start + QUARTERS_A_YEAR].sum())
    note = (
        f"operating_income: scenario: servers over {server_life:g} years add {extra:.1f} bn of depreciation"
    )
    return payer.with_accounts(tuple(_charged(a, extra, note) for a in payer.accounts))


def _charged(account: Account, extra: float, note: str) -> Account:
    if account.operating_income is None:
        return account
    less = account.operating_income - extra * account.months / _MONTHS_A_YEAR
    return replace(account, operating_income=less, kind="estimate", notes=(*account.notes, note))


def _row(ticker: str, assets: Fleet | str, change: StatedChange, basis: str) -> dict[str, object]:
    row: dict[str, object] = {
        "ticker": ticker, "effective": change.effective, "basis": basis, "old_life_years": change.old_life,
        "new_life_years": change.new_life, "stated_effect_bn_usd": change.effect, "kind": "estimate",
        "known_at": change.known_at, "source": change.source,
    }  # fmt: skip
    if isinstance(assets, str):
        return row | {"reason": assets}
    at, path = _index(assets, change.effective), assets.path("base")
    if at - BACK_QUARTERS < MIN_QUARTERS or at > path.today + HORIZON - QUARTERS_A_YEAR:
        return row | {"reason": f"fewer than {MIN_QUARTERS} quarters of capex known before the change"}
    held = [SHORT_LIVED_SHARE * amount for amount in path.spent[:at]]
    kept, moved = (
        vintage_charges(held, life=change.old_life, lag=SERVER_LAG, periods=at + QUARTERS_A_YEAR, change=c)[
            at:
        ]
        for c in (None, LifeChange(at, change.new_life))
    )
    effect = float(moved.sum() - kept.sum())
    same = None if change.effect is None else (effect > 0) == (change.effect > 0)
    note = f"; {change.note}" if change.note else ""
    return row | {
        "charge_before_bn_usd": float(kept.sum()), "charge_after_bn_usd": float(moved.sum()),
        "effect_bn_usd": effect, "is_same_direction": same,
        "source": f"{change.source}+{assets.source}" if basis == "stated" else assets.source,
        "caveat": f"{CAVEAT}{note}",
    }  # fmt: skip


def _index(assets: Fleet, day: date) -> int:
    """Index of the quarter of the path in which `day` lies."""
    path = assets.path("base")
    months = (day.year - path.last.year) * _MONTHS_A_YEAR + day.month - path.last.month
    return path.today + math.ceil(months / _MONTHS_A_QUARTER)
