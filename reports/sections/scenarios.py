"""Scenarios: the largest moves of each against the ranking without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from exposures.theme import Scenario
from reports.data import ReportData
from reports.document import Block, Folded, Heading, Phrase, paragraph, table
from reports.names import Names, listing
from reports.scenario_words import ScenarioNames, changes, rank_move, score_move, why
from reports.texts import Texts
from reports.values import rank_interval

__all__ = ["build"]

SHOWN, SHOWN_ALONE = 1, 8
"""Moves of each scenario in the open table; of the scenario of the run, which stands alone."""

FOLDED = 3
"""Further moves of each scenario below the fold: beyond them a move is a place or two far down."""

NAMES_SHOWN = 4

EVENT_ORDER = {
    "becomes_unranked": 0, "becomes_ranked": 0, "enters_top5": 1, "leaves_top5": 1, "moves": 2,
}  # fmt: skip
"""Names that come or go first, then those that enter or leave the first five."""


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the moves under every scenario that was compared."""
    if not data.scenarios:
        return (Heading(2, texts.scenarios_heading), paragraph(texts.scenarios_none))
    is_own = data.facts.scenario is not None
    first = SHOWN_ALONE if is_own else SHOWN
    writer = _Writer(data, texts)
    ordered = _by_size(data.scenario_moves)
    by_scenario = {entry.key: ordered.filter(scenario=entry.key) for entry in data.scenarios}
    rows, rest = [], []
    for entry in data.scenarios:
        moves = by_scenario[entry.key]
        rows += writer.rows(entry, moves.head(first))
        rest += [row[1:] for row in writer.rows(entry, moves.slice(first, FOLDED))]
    intro = texts.scenarios_own_intro if is_own else texts.scenarios_intro
    blocks: list[Block] = [Heading(2, texts.scenarios_heading), paragraph(intro)]
    if not is_own:
        blocks.append(paragraph(*_lead(data, ordered, writer, texts)))
    if rows:
        blocks.append(table(texts.scenarios_headers, rows, label="inference"))
    if rest:
        more = table(texts.scenarios_rest_headers, rest, label="inference")
        blocks.append(Folded(texts.scenarios_rest.format(count=len(rest)), (more,)))
    if still := [entry.name for entry in data.scenarios if by_scenario[entry.key].is_empty()]:
        blocks.append(paragraph(texts.scenarios_still.format(names=", ".join(still))))
    return (*blocks, _what(data, writer, texts))


def _by_size(moves: pl.DataFrame) -> pl.DataFrame:
    """Return the moves of ranks over all screens, the largest first."""
    return moves.filter(pl.col("event").is_in(list(EVENT_ORDER))).sort(
        pl.col("event").replace_strict(EVENT_ORDER, return_dtype=pl.Int64),
        pl.col("log_rank_change").abs(),
        "screen",
        "ticker",
        descending=[False, True, False, False],
        nulls_last=True,
    )


def _lead(data: ReportData, ordered: pl.DataFrame, writer: _Writer, texts: Texts) -> list[Phrase]:
    """Say how many scenarios change the first five of a screen, what the strongest does, the largest move."""
    total = len(data.scenarios)
    entering = ordered.filter(pl.col("event") != "moves")
    counts = {entry.key: entering.filter(scenario=entry.key).height for entry in data.scenarios}
    most = max(data.scenarios, key=lambda entry: counts[entry.key])
    if counts[most.key]:
        entries = [writer.entry(row) for row in entering.filter(scenario=most.key).iter_rows(named=True)]
        first = texts.scenarios_count.format(
            count=sum(count > 0 for count in counts.values()),
            total=total,
            name=most.name,
            names=listing(entries, texts, most=NAMES_SHOWN),
        )
    else:
        first = texts.scenarios_count_none.format(total=total)
    by_rank = ordered.filter(pl.col("log_rank_change").is_not_null())
    largest = by_rank.sort(pl.col("log_rank_change").abs(), descending=True, maintain_order=True).head(1)
    more = [writer.largest(row) for row in largest.iter_rows(named=True)]
    return [Phrase(sentence, label="inference") for sentence in (first, *more)]


def _what(data: ReportData, writer: _Writer, texts: Texts) -> Folded:
    rows = [
        (
            Phrase(entry.name, sources=entry.source),
            entry.key,
            changes(entry, writer.targets, texts),
            entry.description,
        )
        for entry in data.scenarios
    ]
    made = table(texts.scenarios_what_headers, rows, label="inference")
    return Folded(texts.scenarios_what.format(count=len(rows)), (made,))


class _Writer:
    """Turns moves into sentences and rows."""

    def __init__(self, data: ReportData, texts: Texts) -> None:
        self._names = Names(data)
        self.targets = ScenarioNames.of(data.memberships)
        self._titles = {view.key: view.title for view in data.screens}
        self._scenarios = {entry.key: entry.name for entry in data.scenarios}
        ordered = data.scenario_drivers.sort(
            pl.col("contribution_change").abs(), "component", descending=[True, False]
        )
        self._drivers = ordered.partition_by(["scenario", "screen", "ticker"], as_dict=True)
        self._texts = texts

    def entry(self, move: Mapping[str, Any]) -> str:
        """Return who comes or goes where."""
        return self._texts.scenarios_entry.format(
            name=self._names.of(move["ticker"]),
            event=self._texts.scenarios_events[move["event"]],
            screen=self._title(move["screen"]),
        )

    def largest(self, move: Mapping[str, Any]) -> str:
        """Return the sentence on the largest move of all."""
        return self._texts.scenarios_largest.format(
            name=self._names.of(move["ticker"]),
            ranks=rank_move(move, self._texts),
            screen=self._title(move["screen"]),
            scenario=self._scenarios[move["scenario"]],
        )

    def _title(self, screen: str) -> str:
        return self._titles.get(screen, screen)

    def rows(self, scenario: Scenario, moves: pl.DataFrame) -> list[tuple[str, ...]]:
        """Return a row for each move of `scenario`."""
        return [self._row(scenario, move) for move in moves.iter_rows(named=True)]

    def _row(self, scenario: Scenario, move: Mapping[str, Any]) -> tuple[str, ...]:
        own = self._drivers.get((scenario.key, move["screen"], move["ticker"]))
        drivers = own.to_dicts() if own is not None else []
        return (
            scenario.name,
            scenario.key,
            self._title(move["screen"]),
            self._names.of(move["ticker"]),
            rank_move(move, self._texts),
            rank_interval(move["rank_low_before"], move["rank_high_before"]),
            score_move(move, self._texts),
            why(move, drivers, scenario, names=self.targets, texts=self._texts),
        )
