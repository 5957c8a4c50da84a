"""What a backtest does not show, in sentences: printed with every scorecard of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from reports.texts import ENGLISH, Texts

__all__ = ["backtest_limits", "late_weeks", "record_limits"]


def record_limits(graded: pl.DataFrame, *, texts: Texts = ENGLISH) -> tuple[str, ...]:
    """Return what holds of every record: outcomes that are missing, and how many measures are tested.

    Missing data: nothing due, nothing to say.
    """
    due = graded.filter(pl.col("is_due") & pl.col("expected_dln_multiple").is_not_null())
    if due.is_empty():
        return ()
    lost = due.filter(pl.col("dln_multiple").is_null()).height
    return texts.record_lost.format(lost=f"{lost:,}", due=f"{due.height:,}"), texts.record_many


def late_weeks(late: int, *, days: int, texts: Texts = ENGLISH) -> str:
    """Return how many stored weeks were left out because they were run more than `days` after their date."""
    return texts.record_late.format(late=late, days=days)


def backtest_limits(
    graded: pl.DataFrame,
    *,
    companies: int,
    is_filed_only: bool,
    skipped: Sequence[tuple[date, str]] = (),
    texts: Texts = ENGLISH,
) -> tuple[str, ...]:
    """Return survivorship and hindsight of the universe, what the statements are, and dates left out.

    Parameters
    ----------
    graded
        `GRADED`.
    companies
        Companies of the theme.
    is_filed_only
        True when statements entered as first filed alone.
    skipped
        (date, reason) of dates that could not be ranked.
    """
    scored = graded.filter(pl.col("crps").is_not_null()).get_column("ticker").n_unique()
    lines = [
        texts.record_survivorship.format(companies=companies, scored=scored),
        texts.record_hindsight,
        texts.record_filed_only if is_filed_only else texts.record_all_statements,
        *record_limits(graded, texts=texts),
    ]
    moved = graded.filter(pl.col("expected_dln_multiple").is_not_null()).group_by("as_of")
    spread = moved.agg(pl.col("expected_dln_multiple").n_unique().alias("values"))
    if still := spread.filter(pl.col("values") == 1).height:
        lines.append(texts.record_no_order.format(count=still, dates=spread.height))
    if skipped:
        first, reason = skipped[0]
        lines.append(texts.record_skipped.format(count=len(skipped), first=first, reason=reason))
    return tuple(lines)
