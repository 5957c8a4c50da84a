"""What the screen says: one sentence a question, made from the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from models.components import component
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Bullets, Heading, Phrase, paragraph
from reports.horizons import fallen
from reports.loops import loop_rows
from reports.names import Names, listing
from reports.sections import first_look
from reports.texts import ENGLISH, Texts
from reports.values import component_value, rank_text

__all__ = ["Headline", "build", "headlines"]

# Three names carry a sentence; a fourth makes it a table.
NAMES_IN_SENTENCE = 3
# A score of 50 is neutral: nobody above it is squeezed.
NEUTRAL_SCORE = 50.0
ASSIGNED = "tier_power"
COMPRESSED = "compression"


@dataclass(frozen=True)
class Headline:
    """One sentence, with its topic."""

    topic: str
    sentence: str


def headlines(data: ReportData, *, texts: Texts = ENGLISH) -> tuple[Headline, ...]:
    """Return the four sentences: pricing power, multiple, circular capital, capital spending.

    Each names the first names of its screen with the figures that decided. A screen without a ranked
    name, or one that was not part of the run, says so.
    """
    makers = (
        ("beneficiaries", "beneficiaries", _beneficiaries),
        ("compression", "compression", _compression),
        ("capex-loop", "circular", _circular),
        ("payers", "payers", _payers),
    )
    made = []
    for screen, topic, maker in makers:
        sentence = _sentence(data, screen, maker, texts)
        made.append(Headline(texts.says_topics[topic], sentence))
    return tuple(made)


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the first look and the sentences; rankings rest on weights, so all are inference."""
    items = (
        paragraph(Phrase(h.topic, is_strong=True), Phrase(h.sentence, label="inference"))
        for h in headlines(data, texts=texts)
    )
    return (Heading(2, texts.says_heading), *first_look.build(data, texts), Bullets(tuple(items)))


_Maker = Callable[[ReportData, pl.DataFrame, Texts], str]


def _sentence(data: ReportData, screen: str, maker: _Maker, texts: Texts) -> str:
    rows = data.rows.filter(pl.col("screen") == screen)
    if screen not in {view.key for view in data.screens}:
        return texts.says_absent
    ranked = rows.filter(pl.col("rank").is_not_null()).sort("rank", "name")
    if ranked.is_empty():
        return texts.says_unranked.format(count=rows.height)
    return maker(data, ranked, texts)


def _named(row: dict[str, Any], figures: list[str], texts: Texts) -> str:
    return texts.says_name.format(name=row["name"], figures=", ".join(figures)) if figures else row["name"]


def _joined(made: list[str], texts: Texts) -> str:
    return listing(made, texts, most=NAMES_IN_SENTENCE)


def _value(data: ReportData, screen: str, ticker: str, component: str) -> float | None:
    found = data.contributions.filter(
        (pl.col("screen") == screen) & (pl.col("ticker") == ticker) & (pl.col("component") == component)
    ).get_column("value")
    return None if found.is_empty() else found.item(0)


def _beneficiaries(data: ReportData, ranked: pl.DataFrame, texts: Texts) -> str:
    made = []
    for row in ranked.head(NAMES_IN_SENTENCE).iter_rows(named=True):
        parts = data.contributions.filter(
            (pl.col("screen") == "beneficiaries")
            & (pl.col("ticker") == row["ticker"])
            & (pl.col("contribution") > 0)
        ).sort("contribution", "component", descending=[True, False])
        figures = [_figure(part, texts) for part in parts.head(2).iter_rows(named=True)]
        made.append(_named(row, figures, texts))
    local = ranked.filter(pl.col("rank_taiwan") == 1).head(1).to_dicts()
    taiwan = (
        texts.says_taiwan.format(
            name=local[0]["name"],
            rank=rank_text(local[0]["rank"], is_tied=local[0]["is_tied"], texts=texts),
        )
        if local
        else ""
    )
    squeezed = _squeezed(data, ranked, texts)
    return texts.says_beneficiaries.format(names=_joined(made, texts), taiwan=taiwan, squeezed=squeezed)


def _squeezed(data: ReportData, ranked: pl.DataFrame, texts: Texts) -> str:
    """Return the last names below the neutral score, the last first, each with what costs it most.

    An assigned tier is no figure: where it costs most, the next component follows it.
    """
    below = ranked.slice(NAMES_IN_SENTENCE).filter(pl.col("score") < NEUTRAL_SCORE)
    made = []
    for row in below.tail(NAMES_IN_SENTENCE).reverse().iter_rows(named=True):
        parts = (
            data.contributions.filter(
                (pl.col("screen") == "beneficiaries")
                & (pl.col("ticker") == row["ticker"])
                & (pl.col("contribution") < 0)
            )
            .sort("contribution", "component")
            .to_dicts()
        )
        shown = 2 if parts and parts[0]["component"] == ASSIGNED else 1
        made.append(_named(row, [_figure(part, texts) for part in parts[:shown]], texts))
    return texts.says_squeezed.format(names=_joined(made, texts)) if made else ""


def _figure(part: dict[str, Any], texts: Texts) -> str:
    value = component_value(part["component"], part["value"], texts)
    return texts.says_figure.format(label=_label(part["component"]), value=value)


def _label(key: str) -> str:
    label = component(key).label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _compression(data: ReportData, ranked: pl.DataFrame, texts: Texts) -> str:
    fits = {row["ticker"]: row for row in data.warranted.iter_rows(named=True)}
    made = []
    for row in ranked.head(NAMES_IN_SENTENCE).iter_rows(named=True):
        fit, figures = fits.get(row["ticker"], {}), []
        if fit.get("multiple") is not None:
            figures.append(f"{texts.multiples[fit['multiple_used']]} {numbers.times(fit['multiple'])}")
        if fit.get("residual") is not None:
            figures.append(texts.says_premium.format(premium=numbers.log_change(fit["residual"])))
        fall = data.forecast.filter(pl.col("ticker") == row["ticker"]).get_column("p_fall_10").drop_nulls()
        if not fall.is_empty():
            figures.append(texts.says_fall.format(probability=numbers.probability(fall.item(0))))
        made.append(_named(row, figures, texts))
    return texts.says_compression.format(names=_joined(made, texts), fallen=_fallen(data, texts))


def _fallen(data: ReportData, texts: Texts) -> str:
    """Return the largest falls of a multiple with a falling price while EPS held."""
    names = Names(data)
    made = [
        texts.says_pe_change.format(
            name=names.of(row["ticker"]),
            basis=texts.bases[row["basis"]],
            change=numbers.log_change(row["dln_multiple"]),
            weeks=row["horizon_weeks"],
            denominator=texts.denominators[row["basis"]],
            eps=numbers.log_change(row["dln_denominator"]),
        )
        for row in fallen(data.decomposition)
        if row["label"] == COMPRESSED
    ][:NAMES_IN_SENTENCE]
    return texts.says_fallen.format(names=_joined(made, texts)) if made else texts.says_none_fallen


def _circular(data: ReportData, ranked: pl.DataFrame, texts: Texts) -> str:
    made, own_total, market_total = [], 0.0, 0.0
    for row in ranked.head(NAMES_IN_SENTENCE).iter_rows(named=True):
        own = _value(data, "capex-loop", row["ticker"], "own_financing_share")
        markets = _value(data, "capex-loop", row["ticker"], "capital_market_share")
        own_total, market_total = own_total + (own or 0.0), market_total + (markets or 0.0)
        figures = [texts.says_own.format(share=numbers.percent(own))] if own else []
        if markets is not None:
            figures.append(texts.says_markets.format(share=numbers.percent(markets)))
        made.append(_named(row, figures, texts))
    lead = texts.says_lead_markets if market_total > own_total else texts.says_lead_dependent
    return texts.says_circular.format(
        finn=_finn(data, texts),
        lead=lead,
        names=_joined(made, texts),
        loops=_loops(data, texts),
    )


def _finn(data: ReportData, texts: Texts) -> str:
    """Return the share of all flows that goes round, with assumptions first."""
    ordered = sorted(data.facts.finn_index, key=lambda item: item[0] != "with_assumptions")
    if not ordered:
        return ""
    (case, first), *rest = ordered
    others = "".join(
        texts.says_finn_other.format(share=numbers.percent(share), case=texts.in_case[other])
        for other, share in rest
    )
    return texts.says_finn.format(first=numbers.percent(first), case=texts.in_case[case], others=others)


def _loops(data: ReportData, texts: Texts) -> str:
    """Return the largest loop that closes on the ledger alone, then the largest with assumptions."""
    rows = loop_rows(data)
    year = data.facts.loop_window
    if not rows:
        return texts.says_no_loops.format(year=year)
    closing = [(row.ledger_bn_usd, row) for row in rows if row.ledger_bn_usd is not None]
    assumed = next((row for row in rows if row.with_assumptions_bn_usd is not None), None)
    if not closing:
        made, path = texts.says_loop_none.format(year=year), ""
    else:
        amount, first = max(closing, key=lambda item: item[0])
        path = first.path
        made = texts.says_loop_ledger.format(path=path, amount=numbers.billions(amount), year=year)
        if assumed is first and assumed.with_assumptions_bn_usd != amount:
            more = numbers.billions(assumed.with_assumptions_bn_usd)
            made += texts.says_loop_same.format(amount=more)
    if assumed is None or assumed.path == path:
        return made
    other = numbers.billions(assumed.with_assumptions_bn_usd)
    return made + texts.says_loop_other.format(path=assumed.path, amount=other)


def _payers(data: ReportData, ranked: pl.DataFrame, texts: Texts) -> str:
    """Return the first of the payers screen with capital spending over operating cash flow."""
    made = []
    for row in ranked.head(NAMES_IN_SENTENCE).iter_rows(named=True):
        burden = _value(data, "payers", row["ticker"], "capex_to_ocf")
        figures = [] if burden is None else [texts.says_payer_ocf.format(share=numbers.percent(burden))]
        made.append(_named(row, figures, texts))
    return texts.says_payers.format(names=_joined(made, texts))
