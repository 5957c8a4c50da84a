"""``screen scenario run``: the ranking without and with a scenario, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from exposures.errors import UsageError
from exposures.theme import Scenario
from reports.data import ReportData, ScreenView
from reports.scenario_words import ScenarioNames, change_list, changes, rank_move, score_move, why
from reports.texts import ENGLISH
from screen.commands.run import check_out, check_screens
from screen.commands.session import run_from_flags
from screen.console import emit_json, emit_lines, emit_table, note
from screen.settings import load_settings
from screen.store import write_moves

__all__ = ["scenario_run_command"]

HEADER = ("ticker", "name", ">before → after", ">90% before", ">score", "why")
FIRST = 5


def scenario_run_command(
    flags: Mapping[str, Any],
    *,
    names: Sequence[str],
    is_all: bool,
    as_of: str | None,
    screens: Sequence[str],
    as_json: bool,
) -> int:
    """Rank once without and once under each scenario, print the moves, write them; return the exit code."""
    if bool(names) == is_all:
        wrong = "gives names and --all" if names else "names no scenario"
        raise UsageError(
            f"the command {wrong}.", fix='Name one or more, or give --all; "screen scenario list" lists them.'
        )
    check_screens(screens, flags)
    check_out(load_settings(flags).settings.out)
    compared = None if is_all else tuple(dict.fromkeys(names))
    result, settings = run_from_flags(flags, as_of=as_of, scenario=None, compared=compared)
    data = result.report
    written = write_moves(result, settings.out)
    views = [view for view in data.screens if not screens or view.key in screens]
    pages = [_Page(data, scenario, views) for scenario in data.scenarios]
    if as_json:
        emit_json([page.record() for page in pages], _meta(data, written))
        return result.exit_code
    for page in pages:
        page.show(settings.top)
    for path in written:
        note(f"wrote {path}")
    return result.exit_code


class _Page:
    """One scenario against the ranking without it."""

    def __init__(self, data: ReportData, scenario: Scenario, views: Sequence[ScreenView]) -> None:
        self._data, self._scenario, self._views = data, scenario, views
        self._targets = ScenarioNames.of(data.memberships)
        self._names = dict(data.rows.select("ticker", "name").iter_rows())
        self._moves = data.scenario_moves.filter(pl.col("scenario") == scenario.key)
        own = data.scenario_drivers.filter(pl.col("scenario") == scenario.key)
        self._drivers = own.partition_by(["screen", "ticker"], as_dict=True)

    def show(self, top: int) -> None:
        """Print what the scenario changes, then a table for each screen that moves."""
        key, mark = self._scenario.key, "SIMULATED: " if self._data.facts.is_simulated else ""
        words = changes(self._scenario, self._targets, ENGLISH)
        emit_lines([f"# {mark}{key}: {self._scenario.name}", f"# changes: {words}"])
        still = [view.key for view in self._views if self._of(view).is_empty()]
        if len(still) == len(self._views):
            emit_lines(["# it changes nothing here: every rank and score is as without it"])
        elif still:
            emit_lines([f"# no rank and no score changes in: {', '.join(still)}"])
        emit_lines([""])
        for view in (view for view in self._views if view.key not in still):
            self._show_screen(view, top, mark)

    def _show_screen(self, view: ScreenView, top: int, mark: str) -> None:
        moves = self._of(view)
        ranks = moves.filter(pl.col("event") != "score_only").height
        shown = moves.head(top) if top else moves
        before, after = self._first(view)
        caption = f"first five before: {self._listed(before)}; after: {self._listed(after)}"
        if gone := moves.filter(pl.col("event") == "becomes_unranked").get_column("ticker").to_list():
            caption += f"; becomes unranked: {self._listed(gone)}"
        if shown.height < moves.height:
            caption += f"; {moves.height - shown.height} smaller moves with --top 0"
        emit_table(
            f"{mark}{self._scenario.key}: {view.title} ({view.key}): {ranks} ranks change",
            HEADER,
            [self._cells(move) for move in shown.iter_rows(named=True)],
            caption=caption,
        )

    def _of(self, view: ScreenView) -> pl.DataFrame:
        return self._moves.filter(pl.col("screen") == view.key)

    def _first(self, view: ScreenView) -> tuple[list[str], list[str]]:
        """Return the first five without and with the scenario, ties in the order of their tickers."""
        rows = self._data.rows.filter(pl.col("screen") == view.key).select("ticker", "rank")
        moved = self._of(view).select("ticker", "rank_after", is_moved=pl.lit(value=True))
        both = rows.join(moved, on="ticker", how="left").with_columns(
            rank_after=pl.when("is_moved").then("rank_after").otherwise("rank")
        )
        found = [
            both.filter(pl.col(side) <= FIRST).sort(side, "ticker").get_column("ticker").to_list()
            for side in ("rank", "rank_after")
        ]
        return found[0], found[1]

    def _listed(self, tickers: Sequence[str]) -> str:
        return ", ".join(self._names[ticker] for ticker in tickers) or "none"

    def _why(self, move: Mapping[str, Any]) -> str:
        return why(move, self._rows(move), self._scenario, names=self._targets, texts=ENGLISH)

    def _rows(self, move: Mapping[str, Any]) -> list[dict[str, Any]]:
        own = self._drivers.get((move["screen"], move["ticker"]))
        return own.to_dicts() if own is not None else []

    def _cells(self, move: Mapping[str, Any]) -> list[str]:
        interval = "-".join(str(move[end]) for end in ("rank_low_before", "rank_high_before"))
        return [
            move["ticker"],
            self._names[move["ticker"]],
            rank_move(move, ENGLISH),
            "" if move["rank_low_before"] is None else interval,
            score_move(move, ENGLISH),
            self._why(move),
        ]

    def record(self) -> dict[str, Any]:
        """Return the scenario with its moves for ``--json``."""
        screens = []
        for view in self._views:
            before, after = self._first(view)
            moves = [
                move
                | {"name": self._names[move["ticker"]], "why": self._why(move), "drivers": self._rows(move)}
                for move in self._of(view).drop("scenario").iter_rows(named=True)
            ]
            screens.append({"screen": view.key, "first_before": before, "first_after": after, "moves": moves})
        return {
            "scenario": self._scenario.key,
            "name": self._scenario.name,
            "description": self._scenario.description,
            "source": self._scenario.source,
            "changes": change_list(self._scenario, self._targets, ENGLISH),
            "moves_nothing": not any(screen["moves"] for screen in screens),
            "screens": screens,
        }


def _meta(data: ReportData, written: Sequence[Path]) -> dict[str, Any]:
    facts = data.facts
    return {
        "theme": facts.theme,
        "as_of": facts.as_of,
        "source": facts.source,
        "is_simulated": facts.is_simulated,
        "warning": "SIMULATED" if facts.is_simulated else None,
        "run_id": facts.run_id,
        "coverage": facts.coverage_line,
        "files": list(written),
    }
