"""The track record as blocks: the verdict first, then accuracy, calibration, order, turnover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from models.evaluation_origins import MIN_ORIGINS
from models.tables.record import GRADED, RELIABILITY, SCORECARD
from reports import numbers
from reports.document import Block, Bullets, Callout, Heading, TableBlock, paragraph, table
from reports.texts import ENGLISH, Texts

__all__ = ["TrackRecord", "record_blocks", "verdict_line"]

ACCURACY = ("crps", "squared_error", "brier")
CALIBRATION = ("coverage_50", "coverage_80", "coverage_90", "falls", "compressions", "ks_distance")
SHARES = {"coverage_50", "coverage_80", "coverage_90", "falls", "compressions"}


@dataclass(frozen=True)
class TrackRecord:
    """What the scorecard is printed from; the tables of `models.tables.record`.

    Parameters
    ----------
    theme
        Title of the theme.
    today
        Date of the grading.
    horizon_weeks
        The forecasts' own horizon.
    is_backtest
        True for forecasts made in hindsight with the present method.
    is_simulated
        True for the sample.
    limits
        Sentences on what the figures do not show: survivorship, hindsight, gaps.
    is_hindsight
        True when no stored forecast was made in time: they are graded, and are no track record.
    """

    theme: str
    today: date
    horizon_weeks: int
    is_backtest: bool
    is_simulated: bool
    graded: pl.DataFrame
    card: pl.DataFrame
    reliability: pl.DataFrame
    limits: tuple[str, ...] = ()
    is_hindsight: bool = False


def record_blocks(record: TrackRecord, *, texts: Texts = ENGLISH) -> tuple[Block, ...]:
    """Return the scorecard.

    Missing data: sections without a figure are left out; nothing stored is one sentence.
    """
    card = SCORECARD.check(record.card)
    GRADED.check(record.graded)
    made = record.graded.filter(pl.col("expected_dln_multiple").is_not_null())
    blocks: list[Block] = [Heading(1, _title(record, made, texts))]
    if record.is_simulated:
        blocks.append(Callout("warning", (paragraph(texts.record_simulated),)))
    if record.is_backtest:
        blocks.append(paragraph(texts.record_backtest))
    if record.is_hindsight:
        blocks.append(Callout("warning", (paragraph(texts.record_all_late),)))
    if made.is_empty():
        return (*blocks, paragraph(texts.record_none))
    blocks += [paragraph(line) for line in (_counts(record, made, texts), *_lead(record, made, texts))]
    figures = [
        *_measures(card, ACCURACY, texts.record_accuracy.format(weeks=record.horizon_weeks), texts),
        *_measures(card, CALIBRATION, texts.record_calibration, texts),
        *_reliability(record, texts),
        *_orders(card, record.horizon_weeks, texts),
        *_turnover(card, texts),
    ]
    if figures:
        blocks += [*figures, paragraph(texts.record_how.format(needed=MIN_ORIGINS))]
    if record.limits:
        limits = Bullets(tuple(paragraph(line) for line in record.limits))
        blocks += [Heading(2, texts.record_limits), limits]
    return tuple(blocks)


def verdict_line(record: TrackRecord, *, texts: Texts = ENGLISH) -> str:
    """Return the verdict on the forecast in one line."""
    made = record.graded.filter(pl.col("expected_dln_multiple").is_not_null())
    return texts.record_none if made.is_empty() else " ".join(_lead(record, made, texts))


def _title(record: TrackRecord, made: pl.DataFrame, texts: Texts) -> str:
    if not record.is_backtest or made.is_empty():
        return texts.record_title.format(theme=record.theme, today=record.today)
    days = made.get_column("as_of")
    return texts.record_title_backtest.format(theme=record.theme, first=days.min(), last=days.max())


def _counts(record: TrackRecord, made: pl.DataFrame, texts: Texts) -> str:
    days = made.get_column("as_of")
    when = texts.record_when[0 if days.n_unique() == 1 else 1]
    return texts.record_counts.format(
        made=f"{made.height:,}",
        weeks=record.horizon_weeks,
        when=when.format(dates=days.n_unique(), first=days.min(), last=days.max()),
        due=f"{made.filter('is_due').height:,}",
        graded=f"{made.get_column('dln_multiple').count():,}",
    )


def _lead(record: TrackRecord, made: pl.DataFrame, texts: Texts) -> list[str]:
    """The verdict on the distribution against no change, and what is still open."""
    waiting = made.filter(~pl.col("is_due"))
    row = record.card.filter((pl.col("subject") == "forecast") & (pl.col("measure") == "crps")).row(
        0, named=True
    )
    if waiting.height == made.height:
        words = texts.record_open.format(
            open=f"{waiting.height:,}", next_due=waiting.get_column("target").min()
        )
        return [words[:1].upper() + words[1:]]
    if row["p_value"] is None:
        return [texts.record_lead_open.format(reason=row["reason"])]
    detail = texts.record_p.format(p=_p(row["p_value"]), origins=row["origins"])
    lines = [
        texts.record_lead.format(
            verdict=row["verdict"],
            value=_number(row["value"], 4),
            benchmark=_number(row["benchmark"], 4),
            detail=detail,
        )
    ]
    plain = {"not better": texts.record_not_better, "worse": texts.record_worse}
    return [*lines, plain[row["verdict"]]] if row["verdict"] in plain else lines


def _measures(card: pl.DataFrame, names: Sequence[str], heading: str, texts: Texts) -> list[Block]:
    rows = card.filter((pl.col("subject") == "forecast") & pl.col("measure").is_in(list(names)))
    rows = rows.filter(pl.col("value").is_not_null())
    if rows.is_empty():
        return []
    cells = [_measure(row, texts) for row in rows.iter_rows(named=True)]
    return [Heading(2, heading), table(texts.record_headers, cells, numeric=range(1, 8))]


def _measure(row: dict[str, Any], texts: Texts) -> tuple[str, ...]:
    name = row["measure"]
    show = numbers.percent if name in SHARES else _four
    change = numbers.percentage_points if name in SHARES else _signed
    return (
        texts.record_measures[name],
        show(row["value"]),
        show(row["benchmark"]),
        _with_interval(row, change),
        _p(row["p_value"]),
        f"{row['forecasts']:,}",
        str(row["dates"]),
        str(row["origins"]) if row["difference"] is not None else numbers.DASH,
        row["verdict"],
    )


def _orders(card: pl.DataFrame, own_weeks: int, texts: Texts) -> list[Block]:
    rows = card.filter(pl.col("measure").is_in(["rank_ic", "spread"]) & pl.col("value").is_not_null())
    blocks: list[Block] = []
    heads = ((False, texts.record_order), (True, texts.record_interim))
    for is_interim, heading in heads:
        mine = rows.filter(pl.col("is_interim") == is_interim)
        if mine.is_empty():
            continue
        cells = [_order(row, texts) for row in mine.iter_rows(named=True)]
        blocks += [
            Heading(2, heading.format(weeks=own_weeks)),
            table(texts.record_order_headers, cells, numeric=(2, 4, 5, 6, 7)),
        ]
        if is_interim:
            blocks.insert(-1, paragraph(texts.record_interim_note.format(weeks=own_weeks)))
    return blocks


def _order(row: dict[str, Any], texts: Texts) -> tuple[str, ...]:
    change = numbers.log_change if row["measure"] == "spread" else _two
    return (
        texts.record_subjects.get(row["subject"], row["subject"]),
        texts.record_outcomes[row["outcome"]],
        str(row["horizon_weeks"]),
        texts.record_measures[row["measure"]],
        _with_interval(row, change),
        _p(row["p_value"]),
        str(row["dates"]),
        str(row["origins"]),
        row["verdict"],
    )


def _turnover(card: pl.DataFrame, texts: Texts) -> list[Block]:
    rows = card.filter(pl.col("measure").str.starts_with("turnover") & pl.col("value").is_not_null())
    if rows.is_empty():
        return []
    cells = []
    for key in rows.get_column("subject").unique(maintain_order=True):
        mine = {r["measure"]: r for r in rows.filter(pl.col("subject") == key).iter_rows(named=True)}
        five, tenth = mine["turnover_top5"], mine["turnover_tenth"]
        cells.append(
            (key, numbers.percent(five["value"]), numbers.percent(tenth["value"]), str(five["dates"]))
        )
    made: TableBlock = table(texts.record_turnover_headers, cells, numeric=(1, 2, 3))
    return [Heading(2, texts.record_turnover), made]


def _reliability(record: TrackRecord, texts: Texts) -> list[Block]:
    bins = RELIABILITY.check(record.reliability)
    if bins.is_empty():
        return []
    cells = [
        (
            numbers.interval(numbers.percent(row["low"]), numbers.percent(row["high"])),
            f"{row['forecasts']:,}",
            numbers.percent(row["mean_probability"]),
            numbers.percent(row["frequency"]),
        )
        for row in bins.iter_rows(named=True)
    ]
    head = Heading(2, texts.record_reliability)
    return [head, table(texts.record_reliability_headers, cells, numeric=(1, 2, 3))]


def _with_interval(row: dict[str, Any], show: Any) -> str:
    if row["low"] is None:
        return str(show(row["difference"]))
    return f"{show(row['difference'])} ({numbers.interval(show(row['low']), show(row['high']))})"


def _number(value: float | None, digits: int) -> str:
    return numbers.DASH if value is None else f"{value:.{digits}f}"


def _four(value: float | None) -> str:
    return _number(value, 4)


def _signed(value: float | None) -> str:
    return numbers.DASH if value is None else f"{value:+.4f}"


def _two(value: float | None) -> str:
    return numbers.DASH if value is None else f"{value:+.2f}"


def _p(value: float | None) -> str:
    return numbers.DASH if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"
