"""Where the revenue of a name comes from, how much outside money enters, and what a funding cut takes."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.accounts import is_known_revenue
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, Phrase, paragraph, table, table_with_rest
from reports.names import Names, listing
from reports.sections.coverage import CASES, case_label, coverage
from reports.texts import Texts

__all__ = ["accounts", "attribution", "attribution_cells", "revenue_at_risk"]

# Twelve names hold the deals that matter; the rest is folded.
SHOWN_NAMES = 12
INSIDE_SHARES = ("own_financing_share", "own_purchase_share", "capital_market_share")
OUTSIDE_MONEY = ("outside_debt_bn_usd", "outside_equity_bn_usd", "cash_draw_bn_usd")
# Of more names the amounts are too small to matter; below this an amount prints as 0.00.
NAMED_DRAWS, SMALLEST_DRAW = 4, 0.005
SALES = ("revenue_bn_usd", "third_party_revenue_bn_usd")
ACCOUNT_AMOUNTS = (
    "revenue_bn_usd", "third_party_revenue_bn_usd", "outside_debt_bn_usd", "outside_equity_bn_usd",
    "cash_draw_bn_usd", "outflow_bn_usd",
)  # fmt: skip


def attribution_cells(row: dict[str, Any], name: str, texts: Texts) -> tuple[str, ...]:
    """Return the cells of one name and case under ``attribution_headers``."""
    shares = (*INSIDE_SHARES, "external_share")
    return (
        name,
        texts.cases[row["case"]],
        numbers.billions(row["revenue_bn_usd"]),
        *(numbers.percent(row[share]) for share in shares),
        numbers.billions(row["contingent_bn_usd"]),
        texts.labels[case_label(row["case"])],
    )


def attribution(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the attribution table: names with the largest inside share first, both cases together."""
    names = Names(data)
    has_shares = pl.col("external_share").is_not_null()
    alone = data.attribution.filter((pl.col("terms") == "all") & (pl.col("consolidation") == "own"))
    cells = [
        attribution_cells(row, names.of(row["node"]), texts)
        for row in _both_cases(alone.filter(has_shares), INSIDE_SHARES)
    ]
    missing = [
        (names.of(row["node"]), texts.cases[row["case"]], row["reason"] or numbers.DASH)
        for row in alone.filter(~has_shares).sort("node", "case").iter_rows(named=True)
    ]
    head = (
        Heading(3, texts.attribution_heading),
        paragraph(texts.attribution_intro.format(year=data.facts.loop_window)),
    )
    made = table_with_rest(
        texts.attribution_headers,
        cells,
        top=SHOWN_NAMES * len(CASES),
        summary=texts.rest_rows,
        numeric=(2, 3, 4, 5, 6, 7),
    ) or (paragraph(texts.attribution_none),)
    if not missing:
        return (*head, *made)
    headers = (texts.attribution_headers[0], texts.attribution_headers[1], texts.payers_missing_headers[-1])
    folded = Folded(texts.attribution_missing.format(count=len(missing)), (table(headers, missing),))
    return (*head, *made, folded)


def _both_cases(frame: pl.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return rows ordered by the largest sum of `columns` of a node in any case, cases of a node together."""
    rows = frame.to_dicts()
    largest: dict[str, float] = {}
    for row in rows:
        total = sum(row[column] or 0.0 for column in columns)
        largest[row["node"]] = max(total, largest.get(row["node"], total))
    order = {case: i for i, case in enumerate(CASES)}
    return sorted(rows, key=lambda row: (-largest[row["node"]], row["node"], order[row["case"]]))


def accounts(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return how much outside money each party draws; the ledger case is folded."""
    if data.accounts.is_empty():
        return ()
    blocks: list[Block] = [Heading(3, texts.accounts_heading)]
    for case in CASES:
        made = _accounts(data, case, texts)
        if not made:
            continue
        unit = texts.accounts_unit.format(year=data.facts.loop_window, case=texts.cases[case])
        if case == "ledger" and len(blocks) > 1:
            blocks.append(Folded(texts.accounts_ledger, (paragraph(unit), *made)))
        else:
            blocks.extend((paragraph(unit), *made))
    blocks.insert(1, paragraph(_draws(data, texts), texts.accounts_plug))
    return (*blocks, *coverage(data, texts))


def _draws(data: ReportData, texts: Texts) -> Phrase:
    """Return who has promised more than every known inflow brings, with assumptions where there are any."""
    case = next(case for case in CASES if case in set(data.accounts.get_column("case")))
    rows = data.accounts.filter(pl.col("case") == case, pl.col("cash_draw_bn_usd") >= SMALLEST_DRAW)
    names = Names(data)
    said = [
        texts.draw_name.format(name=names.of(node), amount=numbers.billions(amount))
        for node, amount in rows.sort("cash_draw_bn_usd", "node", descending=[True, False])
        .select("node", "cash_draw_bn_usd")
        .iter_rows()
    ]
    if not said:
        return Phrase(texts.draw_none, label=case_label(case))
    words = texts.draw_lead.format(
        names=listing(said, texts, most=NAMED_DRAWS), year=data.facts.loop_window, case=texts.cases[case]
    )
    return Phrase(words, label=case_label(case))


def _accounts(data: ReportData, case: str, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    frame = data.accounts.filter(pl.col("case") == case).with_columns(
        outside=pl.sum_horizontal(*OUTSIDE_MONEY)
    )
    cells = []
    for row in frame.sort("outside", "node", descending=[True, False]).iter_rows(named=True):
        origin = row["revenue_origin"]
        cells.append(
            (
                names.of(row["node"]),
                *(_amount(row, amount) for amount in ACCOUNT_AMOUNTS),
                numbers.percent(row["cycling_index"]),
                texts.accounts_simulated.format(origin=origin) if row["is_simulated"] else origin,
                texts.labels[case_label(case)],
            )
        )
    return table_with_rest(
        texts.accounts_headers,
        cells,
        top=SHOWN_NAMES,
        summary=texts.rest_rows,
        numeric=range(1, 8),
    )


def _amount(row: dict[str, Any], column: str) -> str:
    """Return an amount; a dash for the revenue of a company that publishes none: the ledger's is a part."""
    is_unknown = column in SALES and not is_known_revenue(row["revenue_origin"])
    return numbers.DASH if is_unknown else numbers.billions(row[column])


def revenue_at_risk(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the revenue at risk by channel, with and without assumptions on one line, folded."""
    cut = numbers.percent(data.facts.funding_cut)
    by_ticker: dict[str, dict[str, dict[str, Any]]] = {}
    for row in data.revenue_at_risk.sort("ticker", "case").iter_rows(named=True):
        if row["revenue_at_risk"] is not None:
            by_ticker.setdefault(row["ticker"], {})[row["case"]] = row
    if not by_ticker:
        return (paragraph(texts.risk_none),)
    names = Names(data)
    ordered = sorted(by_ticker.items(), key=lambda item: (-_worst(item[1]), item[0]))
    cells = [_risk_cells(names.of(ticker), cases, texts) for ticker, cases in ordered]
    made = table(texts.risk_headers, cells, numeric=(2, 3, 4))
    return (Folded(texts.risk_heading.format(cut=cut, count=len(cells)), (made,)),)


def _worst(cases: dict[str, dict[str, Any]]) -> float:
    return max(float(row["revenue_at_risk"]) for row in cases.values())


def _risk_cells(name: str, cases: dict[str, dict[str, Any]], texts: Texts) -> tuple[str | Phrase, ...]:
    ledger, assumed = cases.get("ledger"), cases.get("with_assumptions")
    shown = next(case for case in (assumed, ledger) if case is not None)
    return (
        name,
        texts.channels[shown["channel"]],
        numbers.DASH if ledger is None else numbers.percent(ledger["revenue_at_risk"]),
        numbers.DASH if assumed is None else numbers.percent(assumed["revenue_at_risk"]),
        numbers.billions(shown["clearing_shortfall_bn_usd"]),
        texts.labels["inference"],
    )
