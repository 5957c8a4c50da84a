"""Events ahead, and the catalysts of the last weeks."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from reports.data import ReportData
from reports.document import Block, Heading, Phrase, paragraph, table_with_rest
from reports.names import Names
from reports.texts import Texts

__all__ = ["build"]

# Two months hold one round of quarterly reports.
RECENT_DAYS = 60
SHOWN_EVENTS = 12


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the events from as_of on, then those that happened in the 60 days before."""
    as_of = data.facts.as_of
    is_past = (pl.col("date") < as_of) | (pl.col("certainty") == "past")  # of today: it has happened
    ahead = data.events.filter(~is_past).sort("date", "event")
    since = as_of - timedelta(days=RECENT_DAYS)
    # An expected day that has passed says nothing of what happened; the event itself is its own row.
    recent = data.events.filter(is_past & (pl.col("date") >= since) & (pl.col("certainty") != "expected"))
    recent = recent.sort("date", "event", descending=[True, False])
    return (
        Heading(2, texts.events_heading),
        *_ahead(data, ahead, texts),
        Heading(3, texts.recent_heading.format(days=RECENT_DAYS)),
        *(_table(data, recent, texts) or (paragraph(texts.recent_none.format(days=RECENT_DAYS)),)),
    )


def _ahead(data: ReportData, events: pl.DataFrame, texts: Texts) -> tuple[Block, ...]:
    made = _table(data, events, texts)
    return (paragraph(texts.events_intro), *made) if made else (paragraph(texts.events_none),)


def _table(data: ReportData, events: pl.DataFrame, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    rows = [
        (
            row["date_text"],
            names.of(row["node"]),
            Phrase(row["event"], sources=row["source"]),
            row["certainty"],
            texts.labels["estimate" if row["certainty"] == "expected" else "fact"],
        )
        for row in events.iter_rows(named=True)
    ]
    return table_with_rest(texts.events_headers, rows, top=SHOWN_EVENTS, summary=texts.rest_rows)
