"""The report as blocks: every section in the order in which a reader needs it."""

from __future__ import annotations

from reports import headline
from reports.data import ReportData
from reports.document import Block
from reports.sections import (
    assumptions,
    circular,
    claims,
    compression,
    events,
    first_look,
    funding_stop,
    gaps,
    head,
    method,
    monthly,
    payers,
    rankings,
    scenarios,
    tiers,
    watch,
)
from reports.texts import ENGLISH, Texts

__all__ = ["report_blocks"]


def report_blocks(data: ReportData, texts: Texts = ENGLISH) -> tuple[Block, ...]:
    """Return the blocks of the report, from the title to the disclaimer, undrawn."""
    body = _body(data, texts)
    return (
        *head.build(data, texts),
        *headline.build(data, texts),
        *first_look.contents(body, texts),
        *body,
    )


def _body(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    return (
        *rankings.build(data, texts),
        *tiers.build(data, texts),
        *monthly.build(data, texts),
        *compression.build(data, texts),
        *circular.build(data, texts),
        *funding_stop.build(data, texts),
        *payers.build(data, texts),
        *scenarios.build(data, texts),
        *claims.build(data, texts),
        *watch.build(data, texts),
        *events.build(data, texts),
        *gaps.build(data, texts),
        *assumptions.build(data, texts),
        *method.build(data, texts),
        *method.closing(data, texts),
    )
