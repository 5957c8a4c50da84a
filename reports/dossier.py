"""Parts of an explanation that come straight from the data: multiples, the panel row, the ledger."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, Phrase, paragraph, table
from reports.loops import loop_cells, loop_rows
from reports.names import Names
from reports.sections.circular import flow_amounts
from reports.sections.compression import decomposition_cells, warranted_cells
from reports.sections.multiple_model import forecast_table
from reports.sections.revenue import attribution_cells
from reports.texts import Texts

__all__ = ["ledger", "multiple", "panel"]

# A hub of the ledger is in nearly every loop; the largest ten tell the story.
SHOWN_LOOPS = 10


def multiple(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    """Return the decomposition over all horizons and the warranted multiple of one name."""
    name = Names(data).of(ticker)
    of_name = pl.col("ticker") == ticker
    rows = data.decomposition.filter(of_name).sort("basis", "horizon_weeks")
    changes = [decomposition_cells(row, name, texts) for row in rows.iter_rows(named=True)]
    fit = next(iter(data.warranted.filter(of_name).to_dicts()), None)
    future = next(iter(data.forecast.filter(of_name).to_dicts()), None)
    blocks: list[Block] = []
    if changes:
        blocks.append(table(texts.decomposition_headers, changes, numeric=(2, 3, 4, 5)))
    if fit is not None or future is not None:
        cells = [warranted_cells(name, fit, future, texts)]
        blocks.append(table(texts.warranted_headers, cells, label="estimate"))
    blocks += forecast_table([] if future is None else [future], Names(data), texts)
    return (Heading(2, texts.explain_multiple_heading), *blocks) if blocks else ()


def panel(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    """Return the panel row of one name: each figure with the day it became known, and the sources."""
    heading = Heading(2, texts.explain_data_heading)
    rows = data.panel.filter(pl.col("ticker") == ticker).to_dicts()
    if not rows:
        return (heading, paragraph(texts.explain_nothing))
    row = rows[0]
    labels = (
        line.format(
            currency=row["currency"] or numbers.DASH,
            basis=texts.eps_bases.get(row["eps_forward_basis"], numbers.DASH),
        )
        for line in texts.explain_data_rows
    )
    cells = [
        (label, value, numbers.DASH if value == numbers.DASH else numbers.day(known))
        for label, (value, known) in zip(labels, _panel_values(row), strict=True)
    ]
    words = [texts.explain_data_source.format(source=row["source"])] if row["source"] else []
    if row["reason"]:
        words.append(row["reason"])
    note = (paragraph(*words),) if words else ()
    return (heading, table(texts.explain_data_headers, cells, numeric=(1,)), *note)


def _panel_values(row: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return (value, day it became known) in the order of ``explain_data_rows``."""
    filed, priced = row["statement_known_at"], row["price_date"]
    return [
        (_amount(row["price"]), priced),
        (numbers.usd_in_billions(row["market_cap_usd"]), priced),
        (_amount(row["eps_forward"]), row["eps_forward_known_at"]),
        (numbers.times(row["forward_pe"]), row["eps_forward_known_at"]),
        (_amount(row["eps_ttm"]), row["eps_ttm_known_at"]),
        (_amount(row["eps_ttm_reported"]), row["eps_ttm_known_at"]),
        (numbers.times(row["trailing_pe"]), row["eps_ttm_known_at"]),
        (numbers.times(row["ev_to_sales"]), priced),
        (numbers.usd_in_billions(row["revenue_ttm_usd"]), filed),
        (numbers.percent(row["gross_margin"]), filed),
        (numbers.percent(row["operating_margin"]), filed),
        (numbers.usd_in_billions(row["capex_ttm_usd"]), filed),
        (numbers.usd_in_billions(row["ocf_ttm_usd"]), filed),
    ]


def _amount(value: float | None) -> str:
    return numbers.DASH if value is None else f"{value:,.2f}"


def ledger(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    """Return the deals of a name's group, where its revenue comes from, and the loops it is in."""
    names = Names(data)
    node = names.node(ticker)
    deals = [
        _deal(row, names, texts)
        for row in data.flows.filter((pl.col("payer") == node) | (pl.col("payee") == node))
        .sort("flow_id")
        .iter_rows(named=True)
    ]
    shares = [
        attribution_cells(row, names.of(node), texts)
        for row in data.attribution.filter(
            (pl.col("node") == node) & (pl.col("terms") == "all") & (pl.col("consolidation") == "own")
        )
        .sort("case")
        .iter_rows(named=True)
    ]
    loops = [loop_cells(row, texts) for row in loop_rows(data) if node in row.nodes]
    rest = len(loops) - SHOWN_LOOPS
    nothing: Block = paragraph(texts.explain_nothing)
    return (
        Heading(2, texts.explain_deals_heading),
        table(texts.explain_deals_headers, deals) if deals else nothing,
        *((table(texts.attribution_headers, shares),) if shares else ()),
        Heading(2, texts.explain_loops_heading),
        table(texts.loop_headers, loops[:SHOWN_LOOPS], numeric=(2, 3, 4, 5)) if loops else nothing,
        *((paragraph(texts.explain_loops_rest.format(count=rest)),) if rest > 0 else ()),
    )


def _deal(row: dict[str, Any], names: Names, texts: Texts) -> tuple[str | Phrase, ...]:
    return (
        row["flow_id"],
        names.of(row["payer"]),
        names.of(row["payee"]),
        row["kind"].replace("_", " "),
        texts.flow_classes.get(row["flow_class"], row["flow_class"]),
        flow_amounts(row, texts),
        texts.yes if row["is_summed"] else texts.no,
        row["status"].replace("_", " "),
        Phrase(row["note"] or numbers.DASH, sources=row["source"]),
        texts.labels["inference" if row["is_assumed"] else "estimate"],
    )
