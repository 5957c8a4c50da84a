"""What stands behind the multiples: speeds and intervals of the forecasts, the panel regression."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["forecast_table", "forecasts", "panel_fit"]

# Two years, as for an own speed that stands alone (methods 2.3).
SHORT_WEEKS = 104
# The difference that each effect is told for: in the unit of the term, see `Texts.panel_terms`.
STEPS = {"growth": 0.10, "operating_margin": 0.10, "risk": 0.10, "leverage": 0.50, "size": math.log(2)}
# Normal quantile of a 95% range.
Z = 1.96


def forecasts(data: ReportData, rows: Sequence[dict[str, Any]], texts: Texts) -> tuple[Block, ...]:
    """Return expected change, interval, half-life and history of the names shown, folded."""
    made = forecast_table(rows, Names(data), texts)
    intro = paragraph(texts.forecast_intro.format(weeks=SHORT_WEEKS))
    return (Folded(texts.forecast_title, (intro, *made)),) if made else ()


def forecast_table(rows: Sequence[dict[str, Any]], names: Names, texts: Texts) -> tuple[Block, ...]:
    """Return the table of expected change, interval, half-life and history; nothing without a forecast."""
    cells = [
        (
            names.of(row["ticker"]),
            numbers.log_change(row["expected_dln_multiple"]),
            numbers.interval(
                numbers.log_change(row["dln_multiple_low"]), numbers.log_change(row["dln_multiple_high"])
            ),
            _half_life(row, texts),
            _history(row, texts),
            row["half_life_basis"] or row["reason"] or numbers.DASH,
        )
        for row in rows
        if row["expected_dln_multiple"] is not None
    ]
    if not cells:
        return ()
    return (table(texts.forecast_headers, cells, label="estimate", numeric=(1, 3, 4)),)


def _half_life(row: dict[str, Any], texts: Texts) -> str:
    weeks = row["half_life_weeks"]
    if weeks is None:
        return numbers.DASH if row["half_life_basis"] is None else texts.no_reversion
    return numbers.count(weeks)


def _history(row: dict[str, Any], texts: Texts) -> str:
    weeks = row["history_weeks"]
    if weeks is None:
        return numbers.DASH
    return texts.short_history.format(weeks=weeks) if weeks < SHORT_WEEKS else numbers.count(weeks)


def panel_fit(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the effects of the panel regression as changes of the multiple, folded."""
    found = {(row["effects"], row["term"]): row for row in data.panel_fit.iter_rows(named=True)}
    between = [row for term in STEPS if (row := found.get(("date", term))) is not None]
    if not between:
        return ()
    within = next((row for term in STEPS if (row := found.get(("date_firm", term))) is not None), None)
    head = between[0]
    intro = texts.panel_intro.format(
        n=head["n"],
        firms=head["firms"],
        dates=head["dates"],
        first=head["first"],
        between=numbers.percent(head["r_squared"]),
        within=numbers.DASH if within is None else numbers.percent(within["r_squared"]),
    )
    cells = [
        (
            texts.panel_terms[row["term"]],
            *_effect(row),
            *_effect(found.get(("date_firm", row["term"]))),
        )
        for row in between
    ]
    made = table(texts.panel_headers, cells, label="estimate", numeric=(1, 3))
    return (Folded(texts.panel_title.format(dates=head["dates"]), (paragraph(intro), made)),)


def _effect(row: dict[str, Any] | None) -> tuple[str, str]:
    if row is None:
        return numbers.DASH, numbers.DASH
    step, middle, error = STEPS[row["term"]], row["coefficient"], row["standard_error"]
    if error is None:
        return numbers.log_change(middle * step), numbers.DASH
    low, high = ((middle + side * Z * error) * step for side in (-1, 1))
    ends = numbers.interval(numbers.log_change(low), numbers.log_change(high))
    return numbers.log_change(middle * step), ends
