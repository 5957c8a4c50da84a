"""Why one name ranks where it ranks: contributions, tier, evidence, data with dates, deals, loops, gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from exposures.errors import NotFoundError, suggest
from models.components import component
from reports import numbers
from reports.citations import source_keys
from reports.data import ReportData, ScreenView
from reports.document import Block, Heading, Phrase, TableBlock, paragraph, table
from reports.dossier import ledger, multiple, panel
from reports.names import Names
from reports.sections import monthly, sensitivity
from reports.sections.gaps import finding_cells, gap_cells
from reports.sections.head import banner, scenario_title
from reports.texts import ENGLISH, Texts
from reports.values import component_value, kind_text, rank_interval, rank_text, slope_text, tier_text

__all__ = ["Explanation", "explanation"]

POINT_DIGITS = 2


@dataclass(frozen=True)
class Explanation:
    """Everything on record about one name, as blocks that any renderer can draw."""

    ticker: str
    name: str
    blocks: tuple[Block, ...]


def explanation(data: ReportData, ticker: str, *, texts: Texts = ENGLISH) -> Explanation:
    """Return why `ticker` ranks where it does.

    Raises
    ------
    NotFoundError
        When the run knows no such ticker; the closest one is suggested.
    """
    known = set(data.rows.get_column("ticker")) | set(data.memberships.get_column("ticker"))
    if ticker not in known:
        message = f'ticker "{ticker}" is not in theme "{data.facts.theme}".'
        fix = (
            suggest(ticker, sorted(known)) or f'List the names with "screen themes show {data.facts.theme}".'
        )
        raise NotFoundError(message, fix=fix)
    name = Names(data).of(ticker)
    blocks = (
        *_title(data, ticker, name, texts),
        *_screens(data, ticker, texts),
        *_tier(data, ticker, texts),
        *_evidence(data, ticker, texts),
        *multiple(data, ticker, texts),
        *panel(data, ticker, texts),
        *monthly.one(data, ticker, texts),
        *ledger(data, ticker, texts),
        *_gaps(data, ticker, texts),
    )
    return Explanation(ticker, name, blocks)


def _title(data: ReportData, ticker: str, name: str, texts: Texts) -> tuple[Block, ...]:
    facts = data.facts
    template = texts.explain_title_simulated if facts.is_simulated else texts.explain_title
    title = template.format(name=name, ticker=ticker, as_of=numbers.day(facts.as_of))
    return (Heading(1, scenario_title(title, facts, texts)), *banner(facts, [], texts))


def _screens(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for view in data.screens:
        rows = data.rows.filter((pl.col("screen") == view.key) & (pl.col("ticker") == ticker)).to_dicts()
        if rows:
            blocks.extend(_screen(data, view, rows[0], texts))
    return tuple(blocks) or (paragraph(texts.explain_absent),)


def _screen(data: ReportData, view: ScreenView, row: dict[str, Any], texts: Texts) -> tuple[Block, ...]:
    coverage = numbers.percent(row["coverage"])
    parts = data.contributions.filter(
        (pl.col("screen") == view.key) & (pl.col("ticker") == row["ticker"])
    ).to_dicts()
    heading = Heading(2, view.title)
    if row["rank"] is None:
        line = texts.explain_unranked.format(
            screen=view.title, coverage=coverage, reason=row["reason"] or numbers.DASH
        )
    else:
        line = texts.explain_rank.format(
            screen=view.title,
            rank=rank_text(row["rank"], is_tied=row["is_tied"], texts=texts),
            interval=rank_interval(row["rank_low"], row["rank_high"]),
            probability=numbers.probability(row["p_top5"]),
            score=numbers.points(row["score"]),
            error=numbers.points(row["score_error"]),
            errors=rank_interval(row["rank_set_low"], row["rank_set_high"]),
            joint=rank_interval(row["joint_set_low"], row["joint_set_high"]),
            coverage=coverage,
        )
    border = sensitivity.line(data, view.key, row["ticker"], texts)
    return (
        heading,
        paragraph(line),
        *border,
        *_parts(parts, row["score"], set(data.sources["source"]), texts),
    )


def _parts(
    parts: list[dict[str, Any]], score: float | None, known: set[str], texts: Texts
) -> tuple[Block, ...]:
    """Return the contributions by size, the missing ones last; the printed points add up to the score."""
    if not parts:
        return ()
    parts = sorted(parts, key=lambda p: (-abs(p["contribution"] or 0.0), p["component"]))
    given = [p for p in parts if p["contribution"] is not None]
    missing = [p for p in parts if p["contribution"] is None]
    raw = [p["contribution"] for p in given]
    total = sum(raw) if score is None else round(score, POINT_DIGITS) - 50
    rounded = numbers.rounded_parts(raw, total, digits=POINT_DIGITS)
    cells = [
        _part(p, numbers.rounded_part(shown, p["contribution"], digits=POINT_DIGITS), known, texts)
        for p, shown in zip(given, rounded, strict=True)
    ]
    cells += [_part(p, numbers.DASH, known, texts) for p in missing]
    made: TableBlock = table(texts.explain_headers, cells, numeric=(1, 2, 3, 4))
    if score is None or not given:
        return (made,)
    points = " ".join(f"{shown:+.2f}" for shown in rounded if shown)
    return (made, paragraph(texts.explain_sum.format(parts=points, score=f"{score:.2f}")))


def _part(part: dict[str, Any], shown: str, known: set[str], texts: Texts) -> tuple[str | Phrase, ...]:
    used = "; ".join(source_keys(part["source"], known))
    said = [part["reason"]] if part["contribution"] is None else [part["detail"], used]
    return (
        component(part["component"]).label,
        component_value(part["component"], part["value"], texts),
        numbers.standard_score(part["z"]),
        numbers.percent(part["weight_used"]),
        shown,
        kind_text(part, texts),
        numbers.day(part["known_at"]),
        "; ".join(words for words in said if words) or numbers.DASH,
    )


def _tier(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    rows = data.memberships.filter(pl.col("ticker") == ticker)
    cells = [
        (
            row["segment_name"],
            tier_text(row["tier"], row["role"], texts),
            row["tier_origin"],
            row["tier_reason"],
            numbers.day(row["tier_expires"]),
            numbers.interval(
                numbers.percent(row["revenue_share_low"]), numbers.percent(row["revenue_share_high"])
            ),
            row["basis"] or numbers.DASH,
            "; ".join(dict.fromkeys(key for key in (row["tier_source"], row["source"]) if key)),
        )
        for row in rows.sort("is_primary", "segment", descending=[True, False]).iter_rows(named=True)
    ]
    heading = Heading(2, texts.explain_tier_heading)
    if not cells:
        return (heading, paragraph(texts.explain_nothing))
    return (heading, table(texts.explain_tier_headers, cells, label="inference"))


def _evidence(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    rows = data.evidence.filter(pl.col("ticker") == ticker).to_dicts()
    if not rows:
        return ()
    row = rows[0]
    line = texts.explain_evidence.format(agreement=row["agreement"], verdict=row["verdict"])
    values = (
        numbers.percent(row["gross_margin_level"]),
        numbers.percent(row["gross_margin_stability"]),
        numbers.percentage_points(row["gross_margin_change"]),
        numbers.percent(row["incremental_margin"]),
        slope_text(row["pass_through_slope"]),
        numbers.signed_percent(row["revenue_growth"]),
        numbers.count(row["quarters"]),
        row["published_margin"] or numbers.DASH,
    )
    cells = list(zip(texts.explain_evidence_rows, values, strict=True))
    return (
        Heading(2, texts.explain_evidence_heading),
        paragraph(Phrase(line, sources=row["source"], label="estimate")),
        table(texts.explain_evidence_headers, cells, label="fact"),
    )


def _gaps(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    heading = Heading(2, texts.explain_gaps_heading)
    cells = gap_cells(data.gaps.filter(pl.col("ticker") == ticker))
    found = finding_cells(data.findings.filter(pl.col("ticker") == ticker), texts)
    blocks: list[Block] = [heading]
    if cells:
        blocks.append(table(texts.explain_gaps_headers, cells, numeric=(2,)))
    if found:
        blocks.append(table(texts.explain_findings_headers, found, numeric=(3, 4, 5)))
    return tuple(blocks) if cells or found else (heading, paragraph(texts.explain_nothing))
