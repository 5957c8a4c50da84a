"""Loops against chance, what is owed, related parties in eight parts, and purchases by year."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, Phrase, paragraph, table, table_with_rest
from reports.names import Names
from reports.sections.coverage import CASES, case_label
from reports.texts import Texts

__all__ = ["against_chance", "by_year", "network_blocks", "owed", "related"]

# Eight payers hold nine tenths of the money of every year.
SHOWN_PAYERS = 8
# The names where most revenue can still be called off; the rest is folded.
SHOWN_TERMS = 8
CASE = "with_assumptions"
EIGHT = (
    "direct_ext_share", "ext_revenue_share", "ext_debt_share", "ext_equity_share", "cash_draw_share",
    "own_financing_share", "own_purchase_share", "intragroup_share",
)  # fmt: skip
COMPARED = ("own_financing_share", "own_purchase_share", "capital_market_share")


def network_blocks(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return every block of this module, for who reads the loops alone; folded details stay out."""
    blocks = (*against_chance(data, texts), *owed(data, texts), *related(data, texts), *by_year(data, texts))
    return tuple(block for block in blocks if not isinstance(block, Folded))


def against_chance(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return one sentence a case: the ledger's loops beside those of shuffled ledgers."""
    phrases = []
    for case in CASES:
        rows = {row["statistic"]: row for row in data.loop_null.to_dicts() if row["case"] == case}
        if not rows:
            continue
        count, amount = rows["loops"], rows["bottleneck_bn_usd"]
        name = texts.cases[case]
        if count["reason"] is not None:
            phrases.append(Phrase(texts.null_none.format(case=name, reason=count["reason"])))
            continue
        line = texts.null_short if phrases else texts.null_line
        text = line.format(
            case=name,
            loops=numbers.count(count["observed"]),
            amount=numbers.billions(amount["observed"]),
            draws=numbers.count(count["draws"]),
            null_loops=numbers.count(count["null_median"]),
            loops_range=numbers.interval(*(numbers.count(count[end]) for end in ("null_low", "null_high"))),
            null_amount=numbers.billions(amount["null_median"]),
            amount_range=numbers.interval(
                *(numbers.billions(amount[end]) for end in ("null_low", "null_high"))
            ),
            p_loops=numbers.probability(count["p_value"]),
            p_amount=numbers.probability(amount["p_value"]),
        )
        phrases.append(Phrase(text, label=case_label(case)))
    if any(phrase.label for phrase in phrases):
        phrases.append(Phrase(texts.null_gloss))
    return (paragraph(*phrases),) if phrases else ()


def owed(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return loops and shares with all payments beside those with only what is owed."""
    loops = [_loop_cells(data, case, texts) for case in CASES]
    names = Names(data)
    alone = _rows(data, consolidation="own")
    firm = {row["node"]: row for row in alone if row["terms"] == "firm"}
    pairs = [
        (row, firm[row["node"]])
        for row in alone
        if row["terms"] == "all" and any(row[share] for share in COMPARED) and row["node"] in firm
    ]
    if not pairs:
        return _sealed(data, texts)
    pairs.sort(key=lambda pair: (-_inside(pair[0]) + _inside(pair[1]), pair[0]["node"]))
    cells = [
        (
            names.of(row["node"]),
            *(numbers.percent(side[share]) for share in COMPARED for side in (row, other)),
            texts.labels[case_label(CASE)],
        )
        for row, other in pairs
    ]
    made = table_with_rest(
        texts.owed_headers, cells, top=SHOWN_TERMS, summary=texts.rest_rows, numeric=range(1, 7)
    )
    return (
        Heading(4, texts.owed_heading),
        paragraph(texts.owed_intro, *_why_sealed(data, texts)),
        table(texts.owed_loop_headers, loops, numeric=range(1, 5)),
        *made,
    )


def _sealed(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return why there is nothing to compare, where the books of a case cannot be closed."""
    found = _why_sealed(data, texts)
    return (Heading(4, texts.owed_heading), paragraph(*found)) if found else ()


def _why_sealed(data: ReportData, texts: Texts) -> list[Phrase]:
    rows = data.attribution.filter(pl.col("revenue_bn_usd").is_null()).unique(["case", "terms"])
    return [
        Phrase(
            texts.owed_sealed.format(
                case=texts.cases[row["case"]],
                terms=dict(texts.owed_terms)[row["terms"]],
                reason=row["reason"],
            )
        )
        for row in rows.sort("case", "terms").iter_rows(named=True)
    ]


def _inside(row: dict[str, Any]) -> float:
    return sum(row[share] or 0.0 for share in COMPARED)


def _loop_cells(data: ReportData, case: str, texts: Texts) -> tuple[str, ...]:
    found = []
    for terms in ("all", "firm"):
        here = (pl.col("case") == case) & (pl.col("terms") == terms)
        is_sealed = data.attribution.filter(here & pl.col("revenue_bn_usd").is_null()).height > 0
        found.append(None if is_sealed else data.loops.filter(here))
    return (
        texts.cases[case],
        *(numbers.DASH if frame is None else numbers.count(frame.height) for frame in found),
        *(
            numbers.DASH if frame is None else numbers.billions(float(frame["bottleneck_bn_usd"].sum()))
            for frame in found
        ),
        texts.labels[case_label(case)],
    )


def _rows(data: ReportData, **where: str) -> list[dict[str, Any]]:
    """Return the attribution rows with assumptions that have shares, largest revenue first."""
    is_wanted = pl.all_horizontal(
        pl.col("case") == CASE,
        pl.col("external_share").is_not_null(),
        *(pl.col(k) == v for k, v in where.items()),
    )
    ordered = data.attribution.filter(is_wanted).sort("revenue_bn_usd", "node", descending=[True, False])
    return ordered.to_dicts()


def related(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the eight parts of the companies with related parties, and of all others folded."""
    names = Names(data)
    rows = _rows(data, terms="all")
    if not rows:
        return ()
    joined = {row["node"] for row in rows if len(row["group_nodes"]) > 1}
    order = {key: i for i, (key, _) in enumerate(texts.consolidations)}
    shown = [
        row for row in rows
        if row["node"] in joined and (len(row["group_nodes"]) > 1 or row["consolidation"] == "own")
    ]  # fmt: skip
    shown.sort(key=lambda row: (-row["revenue_bn_usd"], row["node"], order[row["consolidation"]]))
    alone = [row for row in rows if row["consolidation"] == "own" and row["node"] not in joined]
    blocks: list[Block] = [
        Heading(4, texts.eight_heading),
        paragraph(texts.eight_intro, *_stakes(data, names, texts)),
    ]
    if shown:
        blocks.append(_parts_table(shown, names, texts))
    if alone:
        summary = texts.eight_rest.format(count=numbers.count(len(alone)))
        blocks.append(Folded(summary, (_parts_table(alone, names, texts),)))
    return tuple(blocks)


def _parts_table(rows: list[dict[str, Any]], names: Names, texts: Texts) -> Block:
    words = dict(texts.consolidations)
    cells = []
    for row in rows:
        others = ", ".join(names.of(node) for node in row["group_nodes"] if node != row["node"])
        cells.append(
            (
                names.of(row["node"]),
                words[row["consolidation"]].format(names=others) if others else texts.eight_alone,
                numbers.billions(row["revenue_bn_usd"]),
                *(numbers.percent(row[share]) for share in EIGHT),
                texts.labels[case_label(CASE)],
            )
        )
    return table(texts.eight_headers, cells, numeric=range(2, 11))


def _stakes(data: ReportData, names: Names, texts: Texts) -> tuple[Phrase, ...]:
    """Return what control alone changes, and the newest stakes that join nobody, each with its source."""
    strict = data.attribution.filter(pl.col("consolidation") == "strict")
    same = strict.filter(pl.col("group_nodes").list.len() > 1).is_empty()
    together = {
        (row["node"], other)
        for row in data.attribution.filter(pl.col("consolidation") == "loose").to_dicts()
        for other in row["group_nodes"]
    }
    inside = {node for pair in together for node in pair}
    newest = data.groups.sort("known_at").unique(["holder", "held"], keep="last", maintain_order=True)
    apart = [
        row for row in newest.sort("stake", "holder", descending=[True, False], nulls_last=True).to_dicts()
        if {row["holder"], row["held"]} <= inside and (row["holder"], row["held"]) not in together
    ]  # fmt: skip
    phrases = [Phrase(texts.eight_same)] if same else []
    if apart:
        listed = ", ".join(
            texts.eight_stake.format(
                holder=names.of(row["holder"]),
                held=names.of(row["held"]),
                stake=texts.eight_unknown if row["stake"] is None else numbers.percent(row["stake"]),
            )
            for row in apart
        )
        sources = "; ".join(dict.fromkeys(row["source"] for row in apart))
        phrases.append(Phrase(texts.eight_apart.format(stakes=listed), sources=sources, label="estimate"))
    return tuple(phrases)


def by_year(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the purchases of the largest payers by calendar year, and every deal folded."""
    known = data.year_flows.filter(pl.col("base_bn_usd").is_not_null())
    bought = known.filter(pl.col("flow_class") == "commercial")
    if bought.is_empty():
        return ()
    names = Names(data)
    years = sorted(set(known.get_column("year")))
    total = bought.group_by("payer").agg(pl.col("base_bn_usd").sum())
    largest = total.filter(pl.col("base_bn_usd") > 0).sort("base_bn_usd", "payer", descending=[True, False])
    cells = [
        (
            names.of(payer),
            *(_year_cell(bought.filter(pl.col("payer") == payer), year, texts) for year in years),
        )
        for payer in largest.get_column("payer")
    ]
    headers = (texts.years_payer, *(str(year) for year in years))
    made = table_with_rest(
        headers,
        cells,
        top=SHOWN_PAYERS,
        summary=texts.rest_rows,
        label="inference",
        numeric=range(1, len(headers)),
    )
    return (
        Heading(3, texts.years_heading),
        paragraph(_profiles(known, data, texts)),
        *made,
        _each_deal(known, years, names, texts),
    )


def _year_cell(rows: pl.DataFrame, year: int, texts: Texts) -> str:
    at = rows.filter(pl.col("year") == year)
    amount, firm = (float(at[column].sum()) for column in ("base_bn_usd", "firm_bn_usd"))
    return texts.years_cell.format(amount=numbers.billions(amount), owed=numbers.billions(firm))


def _profiles(known: pl.DataFrame, data: ReportData, texts: Texts) -> str:
    profiles = known.unique("flow_id").get_column("profile").to_list()
    return texts.years_intro.format(
        window=data.facts.loop_window,
        count=numbers.count(len(profiles)),
        shaped=numbers.count(sum(p in ("ramp", "tranches") for p in profiles)),
        rates=numbers.count(profiles.count("rate")),
        single=numbers.count(profiles.count("one-off")),
    )


def _each_deal(known: pl.DataFrame, years: list[int], names: Names, texts: Texts) -> Block:
    words = dict(texts.profiles)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in known.sort("year").iter_rows(named=True):
        rows.setdefault(row["flow_id"], []).append(row)
    cells = [
        (
            flow_id,
            names.of(own[0]["payer"]),
            names.of(own[0]["payee"]),
            "+".join(words.get(part, part) for part in own[0]["profile"].split("+")),
            *(numbers.billions(row["base_bn_usd"]) for row in own),
            texts.labels["inference" if own[0]["is_assumed"] else "estimate"],
        )
        for flow_id, own in sorted(rows.items())
        if any(row["base_bn_usd"] for row in own)
    ]
    headers = (*texts.years_headers, *(str(year) for year in years), texts.owed_headers[-1])
    made = table(headers, cells, numeric=range(4, 4 + len(years)))
    return Folded(texts.years_rest.format(count=numbers.count(len(cells))), (made,))
