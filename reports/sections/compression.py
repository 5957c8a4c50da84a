"""Compression in detail: where the change of price came from, and what multiple the figures warrant."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, paragraph, table
from reports.horizons import fallen, main_horizon
from reports.names import Names
from reports.sections.multiple_model import forecasts, panel_fit
from reports.texts import Texts

__all__ = ["build", "decomposition_cells", "top_tickers", "warranted_cells"]

# The detail is for the names a reader asks about first; `screen explain` has it for every name.
DETAIL_NAMES = 10


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the decomposition and the warranted multiples of the top names of the compression screen."""
    tickers = top_tickers(data, "compression", DETAIL_NAMES)
    blocks = (*_fallen(data, texts), *_decomposition(data, tickers, texts), *_warranted(data, tickers, texts))
    if not blocks:
        blocks = (paragraph(texts.compression_none),)
    intro = paragraph(texts.compression_intro)
    return (Heading(2, texts.compression_heading), intro, *blocks, *_guards(data, texts))


def _fallen(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return every name whose multiple fell while its EPS held, the largest fall first."""
    names = Names(data)
    heads = fallen(data.decomposition)
    if not heads:
        return (paragraph(texts.fallen_none),)
    cells = [decomposition_cells(row, names.of(row["ticker"]), texts) for row in heads]
    made = table(texts.decomposition_headers, cells, numeric=(2, 3, 4, 5))
    return (Heading(3, texts.fallen_heading), paragraph(texts.fallen_intro), made)


def top_tickers(data: ReportData, screen: str, most: int) -> list[str]:
    """Return the first `most` tickers of a screen, by rank."""
    ranked = data.rows.filter((pl.col("screen") == screen) & pl.col("rank").is_not_null())
    return ranked.sort("rank", "name", "ticker").get_column("ticker").head(most).to_list()


def decomposition_cells(row: dict[str, Any], name: str, texts: Texts) -> tuple[str, ...]:
    """Return the cells of one horizon; forward figures rest on consensus and are estimates."""
    label = "estimate" if row["basis"] == "forward" else "fact"
    return (
        name,
        texts.bases[row["basis"]],
        numbers.count(row["horizon_weeks"]),
        numbers.log_change(row["dln_price"]),
        numbers.log_change(row["dln_multiple"]),
        numbers.log_change(row["dln_denominator"]),
        row["label"] or row["reason"] or numbers.DASH,
        texts.labels[label],
    )


def _decomposition(data: ReportData, tickers: list[str], texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    first, every = [], []
    for ticker in tickers:
        rows = data.decomposition.filter(pl.col("ticker") == ticker)
        name = names.of(ticker)
        first += [decomposition_cells(row, name, texts) for row in main_horizon(rows)]
        every += [
            decomposition_cells(row, name, texts)
            for row in rows.filter(pl.col("dln_multiple").is_not_null())
            .sort("basis", "horizon_weeks")
            .iter_rows(named=True)
        ]
    if not every:
        return ()
    numeric = (2, 3, 4, 5)
    folded = Folded(texts.decomposition_all, (table(texts.decomposition_headers, every, numeric=numeric),))
    heading = Heading(3, texts.decomposition_heading)
    if not first:
        return (folded,)
    return (heading, table(texts.decomposition_headers, first, numeric=numeric), folded)


def warranted_cells(
    name: str, warranted: dict[str, Any] | None, forecast: dict[str, Any] | None, texts: Texts
) -> tuple[str, ...]:
    """Return the cells of one company under ``warranted_headers``; the note says why a cell is a dash."""
    fit = warranted or {}
    future = forecast or {}
    used = fit.get("multiple_used")
    note = fit.get("guard") or fit.get("reason") or future.get("reason") or numbers.DASH
    is_peak = bool(fit.get("is_cyclical_peak"))
    return (
        name,
        numbers.DASH if used is None else texts.multiples[used],
        numbers.times(fit.get("multiple")),
        numbers.times(fit.get("warranted")),
        numbers.interval(numbers.times(fit.get("low")), numbers.times(fit.get("high"))),
        numbers.log_change(fit.get("residual")),
        numbers.log_change(fit.get("ranked_residual")),
        numbers.log_change(future.get("expected_dln_multiple")),
        numbers.probability(future.get("p_fall_10")),
        numbers.signed_percent(future.get("implied_growth")),
        f"{texts.cyclical}: {note}" if is_peak else note,
    )


def _warranted(data: ReportData, tickers: list[str], texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    fits = {row["ticker"]: row for row in data.warranted.iter_rows(named=True)}
    futures = {row["ticker"]: row for row in data.forecast.iter_rows(named=True)}
    rows = [
        warranted_cells(names.of(ticker), fits.get(ticker), futures.get(ticker), texts)
        for ticker in tickers
        if ticker in fits or ticker in futures
    ]
    if not rows:
        return ()
    made = table(texts.warranted_headers, rows, label="estimate", numeric=(2, 3, 5, 6, 7, 8, 9))
    shown = [futures[ticker] for ticker in tickers if ticker in futures]
    behind = (*forecasts(data, shown, texts), *panel_fit(data, texts))
    return (Heading(3, texts.warranted_heading), paragraph(texts.warranted_intro), made, *behind)


def _guards(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    held = [
        texts.guard_name.format(name=names.of(row["ticker"]), guard=row["guard"])
        if row["guard"]
        else names.of(row["ticker"])
        for row in data.warranted.filter(pl.col("is_cyclical_peak")).sort("ticker").iter_rows(named=True)
    ]
    return (paragraph(texts.guard_line.format(names="; ".join(held))),) if held else ()
