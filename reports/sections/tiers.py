"""Tiers against evidence: the map by tier, where the evidence disagrees, and the overrides in force."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

import polars as pl

from exposures.tables import TIERS
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, Phrase, paragraph, table, table_with_rest
from reports.names import Names, listing
from reports.sections import divergence, terms
from reports.texts import Texts
from reports.values import tier_text

__all__ = ["build"]

# A segment has up to twenty names; beyond this the line no longer reads and `screen themes show` helps.
MOST_NAMES = 12
# The reasons are long; ten fill a screen.
SHOWN_OVERRIDES = 10
OVERRIDE, EXPIRED = "override", "expired override"
AGREES, STRONGER, WEAKER = "agrees", "evidence is stronger", "evidence is weaker"


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the section of the tiers."""
    return (
        Heading(2, texts.tiers_heading),
        paragraph(texts.tiers_intro),
        *_map(data, texts),
        *_divergence(data, texts),
        *_disagreements(data, texts),
        *_overrides(data, texts),
        *_said(data, texts),
    )


def _map(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    order = {tier: i for i, tier in enumerate(TIERS)}
    members = [m for m in data.memberships.iter_rows(named=True) if m["role"] == "supplier"]

    def place(member: dict[str, Any]) -> tuple[int, str]:
        return (order.get(member["tier"], len(order)), member["segment_name"])

    rows = []
    members.sort(key=lambda m: (*place(m), m["name"], m["ticker"]))
    for _, group in groupby(members, key=place):
        entries = list(group)
        names = [m["name"] + (" *" if m["tier_origin"] == OVERRIDE else "") for m in entries]
        sources = "; ".join(dict.fromkeys(m["tier_source"] for m in entries))
        tier = tier_text(entries[0]["tier"], "supplier", texts)
        listed = listing(names, texts, most=MOST_NAMES)
        rows.append((tier, entries[0]["segment_name"], listed, Phrase("", sources=sources)))
    outside = paragraph(
        texts.tiers_outside.format(payers=_named(data, "payer", texts), users=_named(data, "user", texts))
    )
    return (table(texts.tiers_headers, rows, label="inference"), outside) if rows else (outside,)


def _named(data: ReportData, role: str, texts: Texts) -> str:
    names = data.memberships.filter(pl.col("role") == role).get_column("name").unique().sort().to_list()
    return listing(names, texts, most=MOST_NAMES) or texts.tiers_nobody


def _divergence(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return medians by tier: growth and margin change each over the names that have the figure."""
    rows = []
    for tier in TIERS:
        names = data.evidence.filter(pl.col("tier") == tier)
        growing = names.filter(pl.col("revenue_growth").is_not_null())
        changed = names.filter(pl.col("gross_margin_change").is_not_null())
        if growing.is_empty() and changed.is_empty():
            continue
        level, change = changed.select(pl.col("gross_margin_level", "gross_margin_change").median()).row(0)
        growth = growing.select(pl.col("revenue_growth").median()).item()
        rows.append(
            (
                texts.tiers[tier],
                numbers.count(growing.height),
                numbers.signed_percent(growth),
                numbers.count(changed.height),
                numbers.percent(level),
                numbers.percentage_points(change),
            )
        )
    if not rows:
        return ()
    made = table(texts.divergence_headers, rows, label="estimate", numeric=(1, 2, 3, 4, 5))
    return (
        Heading(3, texts.divergence_heading),
        *divergence.verdict(data, texts),
        paragraph(texts.divergence_intro),
        made,
        *divergence.history(data, texts),
        *terms.pass_through(data, texts),
        *terms.working_capital(data, texts),
    )


def _disagreements(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    found = data.evidence.get_column("agreement").to_list()
    counts = paragraph(
        texts.disagree_counts.format(
            agrees=found.count(AGREES),
            stronger=found.count(STRONGER),
            weaker=found.count(WEAKER),
            missing=len(found) - found.count(AGREES) - found.count(STRONGER) - found.count(WEAKER),
        )
    )
    rows = [
        (
            names.of(row["ticker"]),
            row["ticker"],
            tier_text(row["tier"], "supplier", texts),
            tier_text(row["evidence_tier"], "supplier", texts),
            Phrase(re.sub(texts.verdict_repeats, "", row["verdict"]), sources=row["source"]),
        )
        for row in data.evidence.filter(pl.col("agreement").is_in([STRONGER, WEAKER]))
        .sort("agreement", "ticker")
        .iter_rows(named=True)
    ]
    heading = Heading(3, texts.disagree_heading)
    lead = (heading, *divergence.agreement(data, texts), counts)
    if not rows:
        return (*lead, paragraph(texts.disagree_none))
    return (*lead, table(texts.disagree_headers, rows, label="estimate"))


def _overrides(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    published = dict(data.evidence.select("ticker", "published_margin").iter_rows())
    rows = [
        (
            row["name"],
            row["segment_name"],
            tier_text(row["tier_default"], "supplier", texts),
            tier_text(row["tier"], "supplier", texts),
            Phrase(row["tier_reason"], sources=row["tier_source"]),
            published.get(row["ticker"]) or numbers.DASH,
            numbers.day(row["tier_known_at"]),
            numbers.day(row["tier_expires"]),
        )
        for row in data.memberships.filter(pl.col("tier_origin") == OVERRIDE)
        .sort("name", "segment_name")
        .iter_rows(named=True)
    ]
    made = table_with_rest(
        texts.overrides_headers, rows, top=SHOWN_OVERRIDES, summary=texts.rest_rows, label="inference"
    ) or (paragraph(texts.overrides_none),)
    return (Heading(3, texts.overrides_heading), *made, *_expired(data, texts))


def _expired(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = data.memberships.filter(pl.col("tier_origin") == EXPIRED).get_column("name").unique().sort()
    if names.is_empty():
        return ()
    listed = listing(names.to_list(), texts, most=MOST_NAMES)
    return (paragraph(texts.overrides_expired.format(names=listed)),)


def _said(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    rows = [
        (
            numbers.day(row["known_at"]),
            names.of(row["ticker"]),
            texts.said_topics.get(row["topic"], row["topic"]),
            Phrase(row["summary"], sources=row["source"]),
            row["stance"],
            texts.labels["inference" if row["stance"] == "inferred" else "fact"],
        )
        for row in data.statements.sort(
            "known_at", "ticker", "topic", "summary", descending=[True, False, False, False]
        ).iter_rows(named=True)
    ]
    if not rows:
        return ()
    return (Folded(texts.said_summary.format(count=len(rows)), (table(texts.said_headers, rows),)),)
