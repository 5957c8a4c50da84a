"""Working-capital terms: how long customers and suppliers wait, and how much is paid ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from models.tables import WORKING_CAPITAL

__all__ = ["working_capital"]

# Days of a quarter (methods, section 4).
QUARTER_DAYS = 91
# Fiscal quarters end within two weeks of the same day a year before (52/53-week years).
YEAR_DAYS_LOW, YEAR_DAYS_HIGH = 350, 380
# Balances older than this describe terms of another year.
MAX_AGE_DAYS = 400
_TERMS = ("dso_days", "dpo_days", "contract_liabilities_to_revenue")
_CHANGES = ("dso_change_days", "dpo_change_days", "contract_liabilities_change")
_BALANCES = ("receivables", "payables or cost of revenue", "contract liabilities")


def working_capital(quarters: pl.DataFrame, tiers: Mapping[str, str | None], *, as_of: date) -> pl.DataFrame:
    """Return `WORKING_CAPITAL`: the newest terms of every supplier and their change on a year before.

    ``DSO = receivables / revenue * 91``, ``DPO = payables / cost of revenue * 91`` with cost of revenue =
    revenue - gross profit, contract liabilities over revenue of the quarter.

    Parameters
    ----------
    quarters
        `QUARTERS`.
    tiers
        Supplier -> tier.
    as_of
        Later rows are not used, nor quarters that ended more than 400 days before.

    Missing data: null with what is missing in `reason`; a ratio over revenue or cost that is not positive
    is null.

    References: methods, section 4.
    """
    fresh = (
        (pl.lit(as_of) - pl.col("period_end")).dt.total_days().is_between(0, MAX_AGE_DAYS + YEAR_DAYS_HIGH)
    )
    known = quarters.filter((pl.col("known_at") <= as_of) & fresh & pl.col("ticker").is_in(list(tiers)))
    terms = known.with_columns(
        dso_days=_ratio(pl.col("receivables"), pl.col("revenue")) * QUARTER_DAYS,
        dpo_days=_ratio(pl.col("payables"), pl.col("revenue") - pl.col("gross_profit")) * QUARTER_DAYS,
        contract_liabilities_to_revenue=_ratio(pl.col("deferred_revenue_current"), pl.col("revenue")),
    ).sort("ticker", "period_end")
    groups = terms.partition_by("ticker", as_dict=True)
    return WORKING_CAPITAL.frame(
        [_row(ticker, tier, groups.get((ticker,)), as_of) for ticker, tier in sorted(tiers.items())]
    )


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    ratio = part / whole
    return pl.when((whole > 0) & (part >= 0) & ratio.is_finite()).then(ratio)


def _row(ticker: str, tier: str | None, rows: pl.DataFrame | None, as_of: date) -> dict[str, object]:
    row: dict[str, object] = {"ticker": ticker, "tier": tier}
    found = list(rows.iter_rows(named=True)) if rows is not None else []
    found = [r for r in found if any(r[name] is not None for name in _TERMS)]
    if not found or (as_of - found[-1]["period_end"]).days > MAX_AGE_DAYS:
        return row | {"reason": "no balances of the last year in filings"}
    newest = found[-1]
    before = next(
        (
            r
            for r in found
            if YEAR_DAYS_LOW <= (newest["period_end"] - r["period_end"]).days <= YEAR_DAYS_HIGH
            and r["currency"] == newest["currency"]
        ),
        None,
    )
    lacking = [words for words, name in zip(_BALANCES, _TERMS, strict=True) if newest[name] is None]
    row |= {name: newest[name] for name in (*_TERMS, "period_end", "known_at", "source")}
    unmatched = []
    for words, name, change in zip(_BALANCES, _TERMS, _CHANGES, strict=True):
        then = before[name] if before is not None else None
        row[change] = newest[name] - then if newest[name] is not None and then is not None else None
        if newest[name] is not None and then is None:
            unmatched.append(words)
    parts = [
        f"no {', '.join(names)}{when}"
        for names, when in ((lacking, ""), (unmatched, " a year before"))
        if names
    ]
    return row | {"reason": "; ".join(parts) or None}
