"""Loops of money as rows: the same path with and without assumptions on one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Phrase, TableBlock, table
from reports.names import Names
from reports.texts import ENGLISH, Texts

__all__ = ["LoopRow", "bottleneck_groups", "loop_cells", "loop_rows", "loop_table"]


@dataclass(frozen=True)
class LoopRow:
    """One closed path, its amounts in both cases and what it rests on."""

    loop_id: str
    path: str
    """Names of the parties, closed, with arrows."""
    nodes: tuple[str, ...]
    ledger_bn_usd: float | None
    """Smallest flow of the loop on ledger rows alone; null when the ledger alone does not close it."""
    with_assumptions_bn_usd: float | None
    owed_bn_usd: float | None
    """Smallest flow of the loop when only what signed contracts owe is paid; null when it then stays open."""
    probability: float
    has_assumption: bool
    edges: str
    deals: tuple[str, ...]
    source: str

    @property
    def amount_bn_usd(self) -> float:
        """The amount with assumptions, else on the ledger alone."""
        amounts = (self.with_assumptions_bn_usd, self.ledger_bn_usd)
        return next(amount for amount in amounts if amount is not None)

    @property
    def label(self) -> str:
        """estimate for ledger amounts spread over a year; inference when an assumption closes the loop."""
        return "inference" if self.has_assumption else "estimate"


def loop_rows(data: ReportData) -> tuple[LoopRow, ...]:
    """Return the loops, largest first, of equal ones the likelier first.

    A path that closes in both cases is one row. Two paths are the same when their nodes are, whichever
    node comes first.
    """
    names = Names(data)
    by_path: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    owed: dict[tuple[str, ...], float] = {}
    for row in data.loops.iter_rows(named=True):
        path = _canonical(row["nodes"])
        if row["terms"] == "all":
            by_path.setdefault(path, {})[row["case"]] = row
        else:
            owed[path] = max(row["bottleneck_bn_usd"], owed.get(path, 0.0))
    rows = [_row(cases, owed.get(path), names) for path, cases in by_path.items()]
    return tuple(sorted(rows, key=lambda row: (-round(row.amount_bn_usd, 6), -row.probability, row.path)))


def bottleneck_groups(data: ReportData, rows: Sequence[LoopRow]) -> list[tuple[LoopRow, ...]]:
    """Return `rows` in groups of variants: same smallest edge in bn USD (to 0.01) and first financing edge.

    Loops that close on the ledger alone and loops that need an assumption never share a group. Groups
    stand in the order of their first loop, which is their largest and likeliest.
    """
    financed = data.flows.filter((pl.col("flow_class") == "financing") & pl.col("is_summed"))
    pairs = set(financed.select("payer", "payee").iter_rows())
    groups: dict[tuple[object, ...], list[LoopRow]] = {}
    for row in rows:
        edges = zip(row.nodes, (*row.nodes[1:], *row.nodes[:1]), strict=True)
        financing = next((edge for edge in edges if edge in pairs), None)
        key = (round(row.amount_bn_usd, 2), financing, row.label, row.ledger_bn_usd is None)
        groups.setdefault(key, []).append(row)
    return [tuple(group) for group in groups.values()]


def loop_cells(row: LoopRow, texts: Texts) -> tuple[Phrase, ...]:
    """Return the cells of a loop under ``loop_headers``."""
    return (
        Phrase(row.loop_id),
        Phrase(row.path),
        Phrase(numbers.billions(row.ledger_bn_usd)),
        Phrase(numbers.billions(row.with_assumptions_bn_usd)),
        Phrase(numbers.billions(row.owed_bn_usd)),
        Phrase(numbers.probability(row.probability)),
        Phrase(texts.labels[row.label]),
    )


def loop_table(data: ReportData, *, texts: Texts = ENGLISH) -> TableBlock:
    """Return all loops as a table (``headers`` and ``texts()`` for a terminal); no loop gives no row."""
    return table(
        texts.loop_headers, [loop_cells(row, texts) for row in loop_rows(data)], numeric=(2, 3, 4, 5)
    )


def _canonical(nodes: list[str]) -> tuple[str, ...]:
    start = nodes.index(min(nodes)) if nodes else 0
    return tuple(nodes[start:] + nodes[:start])


def _row(cases: dict[str, dict[str, Any]], owed: float | None, names: Names) -> LoopRow:
    ledger, assumed = cases.get("ledger"), cases.get("with_assumptions")
    shown = next(case for case in (assumed, ledger) if case is not None)
    nodes = tuple(shown["nodes"])
    return LoopRow(
        loop_id=shown["loop_id"],
        path=" → ".join(names.of(node) for node in (*nodes, *nodes[:1])),
        nodes=nodes,
        ledger_bn_usd=None if ledger is None else ledger["bottleneck_bn_usd"],
        with_assumptions_bn_usd=None if assumed is None else assumed["bottleneck_bn_usd"],
        owed_bn_usd=owed,
        probability=shown["probability"],
        has_assumption=shown["has_assumption"],
        edges=shown["edges"],
        deals=tuple(shown["deals"]),
        source=shown["source"],
    )
