"""Rows of FINDINGS: how a rule says what it found."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from reports.data import FINDINGS
from screen.quality.cases import CASES

__all__ = ["all_findings", "findings_of"]

_KEYS = list(FINDINGS.key)


def findings_of(case: str, found: pl.DataFrame, *, threshold: float | pl.Expr | None) -> pl.DataFrame:
    """Return FINDINGS of one kind from the rows that broke a rule.

    Parameters
    ----------
    case
        Key of `CASES`: table, rule, action and words.
    found
        Columns ticker, item, date, value, source; ``rows`` counts 1 where the column is absent.
    threshold
        The limit that ``value`` broke, or an expression over `found`; None when the rule has none.

    Missing data: a measured value that is not finite becomes null.
    """
    kind = CASES[case]
    value = pl.col("value").cast(pl.Float64)
    return FINDINGS.conform(
        found.select(
            "ticker",
            "item",
            "date",
            "source",
            dataset=pl.lit(kind.dataset),
            rule=pl.lit(kind.rule),
            value=pl.when(value.is_finite()).then(value),
            threshold=threshold if isinstance(threshold, pl.Expr) else pl.lit(threshold, dtype=pl.Float64),
            rows=pl.col("rows") if "rows" in found.columns else pl.lit(1),
            action=pl.lit(kind.action),
            reason=pl.lit(kind.reason),
        ).unique(_KEYS, keep="first", maintain_order=True)
    )


def all_findings(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return FINDINGS of several rules in the order of the key, whatever order they came in."""
    everything = pl.concat([FINDINGS.empty(), *parts])
    return FINDINGS.check(everything.sort(_KEYS).unique(_KEYS, keep="first", maintain_order=True))
