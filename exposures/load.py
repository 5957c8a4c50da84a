"""Loading a theme as it was known on a date."""

from __future__ import annotations

import hashlib
import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from exposures.csv_files import CSV_FILES, read_table
from exposures.errors import NotFoundError, TableError, ThemeFileError, suggest
from exposures.known import FILTERED_BY, known_rows, memberships_on, superseded_on
from exposures.tables import SEGMENTS
from exposures.theme import ExposureMap, Scenario, SegmentEntry, Theme

__all__ = ["SCENARIOS_FILE", "THEME_FILE", "load_theme", "theme_folder", "theme_names"]

THEME_FILE = "theme.toml"
SCENARIOS_FILE = "scenarios.toml"

_DATA = Path(__file__).parent / "data"

_UNUSABLE = (
    tomllib.TOMLDecodeError,
    ValidationError,
    pl.exceptions.PolarsError,
    TableError,
    ValueError,
    OSError,
)
"""What reading a malformed file raises; `lint_theme` then says where and what is allowed."""


def theme_names() -> list[str]:
    """Return the names of the bundled themes in alphabetical order."""
    return sorted(path.parent.name for path in _DATA.glob(f"*/{THEME_FILE}"))


def theme_folder(name_or_path: str | Path) -> Path:
    """Return the folder of a bundled theme, or of a user's own theme given by path.

    A bundled name wins; to load a folder of the same name write ``./NAME``.

    Raises
    ------
    NotFoundError
        When it is neither a bundled name nor a folder with a ``theme.toml``; names the closest theme.
    """
    text = str(name_or_path)
    known = theme_names()
    if text in known:
        return _DATA / text
    folder = Path(name_or_path).expanduser()
    if folder.name == THEME_FILE and folder.is_file():
        return folder.parent
    if (folder / THEME_FILE).is_file():
        return folder
    if folder.is_dir():
        raise NotFoundError(
            f"folder {text} holds no {THEME_FILE}.", fix='See "screen themes show" for the files of a theme.'
        )
    if os.sep in text:
        raise NotFoundError(f"theme folder {text} does not exist.", fix="Check the path.")
    hint = suggest(text, known)
    raise NotFoundError(
        f'theme "{text}" not found; known: {", ".join(known)}.', fix=f'{hint} Run "screen themes".'.strip()
    )


def load_theme(name_or_path: str | Path, *, as_of: date) -> ExposureMap:
    """Return a theme as it was known on `as_of`.

    1. Read ``theme.toml``, ``scenarios.toml`` and every CSV of the folder into its declared table.
    2. Drop the rows that became known later. Companies, segments, nodes and sources are the map itself
       and stay.
    3. Let a deal or figure supersede another only if both are known.
    4. Put each company and segment under the tier in force: the default, or an override that is known
       and has not expired.

    Parameters
    ----------
    name_or_path
        Name of a bundled theme, or the path of a folder.
    as_of
        Date of the screen.

    Missing data
        An empty cell is null. A row without a date counts as known from the theme's ``curated_at`` on.

    Raises
    ------
    NotFoundError
        When there is no such theme.
    ThemeFileError
        When a file cannot be used; the message starts with ``file:line:``.
    """
    folder = theme_folder(name_or_path)
    try:
        theme = Theme.model_validate(_toml(folder / THEME_FILE))
        scenarios = _scenarios(folder)
        frames = {f.name: read_table(folder / f.file, f, curated_at=theme.curated_at) for f in CSV_FILES}
        segments = SEGMENTS.frame([_segment_row(entry) for entry in theme.segment])
    except _UNUSABLE as cause:
        raise _located(folder, as_of, str(cause)) from cause
    if fault := _broken_link(frames, segments):
        raise _located(folder, as_of, fault)
    return _map_on(
        folder=folder, theme=theme, scenarios=scenarios, frames=frames, segments=segments, as_of=as_of
    )


def _map_on(
    *,
    folder: Path,
    theme: Theme,
    scenarios: tuple[Scenario, ...],
    frames: dict[str, pl.DataFrame],
    segments: pl.DataFrame,
    as_of: date,
) -> ExposureMap:
    known = {
        name: known_rows(frame, FILTERED_BY[name], as_of=as_of, curated_at=theme.curated_at)
        if name in FILTERED_BY
        else frame
        for name, frame in frames.items()
    }
    known["deals"] = superseded_on(known["deals"], "deal_id")
    known["figures"] = superseded_on(known["figures"], "figure_id")
    memberships = memberships_on(
        companies=frames["companies"],
        segments=segments,
        assigned=frames["exposures"],
        exposures=known["exposures"],
        overrides=known["overrides"],
        as_of=as_of,
    )
    return ExposureMap(
        theme=theme,
        as_of=as_of,
        folder=folder,
        segments=segments,
        memberships=memberships,
        scenarios=scenarios,
        digest=_digest(folder),
        **known,
    )


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _scenarios(folder: Path) -> tuple[Scenario, ...]:
    path = folder / SCENARIOS_FILE
    if not path.exists():
        return ()
    entries = _toml(path)
    if unknown := sorted(set(entries) - {"scenario"}):
        raise ValueError(f"{SCENARIOS_FILE} has unknown keys {unknown}")
    return tuple(Scenario.model_validate(entry) for entry in entries.get("scenario", []))


def _segment_row(entry: SegmentEntry) -> dict[str, object]:
    row = entry.model_dump()
    return {"segment": row.pop("key"), **row}


def _broken_link(frames: dict[str, pl.DataFrame], segments: pl.DataFrame) -> str:
    """Return the first reference that would silently lose rows, or an empty string."""
    companies, nodes, deals = frames["companies"], frames["nodes"], frames["deals"]
    links = (
        ("exposures.csv", "ticker", frames["exposures"], "ticker", companies, "ticker"),
        ("exposures.csv", "segment", frames["exposures"], "segment", segments, "segment"),
        ("companies.csv", "membership of", companies, "ticker", frames["exposures"], "ticker"),
        ("deals.csv", "payer", deals, "payer", nodes, "node"),
        ("deals.csv", "payee", deals, "payee", nodes, "node"),
        ("deals.csv", "superseded_by", deals, "superseded_by", deals, "deal_id"),
        ("assumptions.csv", "payer", frames["assumptions"], "payer", nodes, "node"),
        ("assumptions.csv", "payee", frames["assumptions"], "payee", nodes, "node"),
        ("assumptions.csv", "deal_id", frames["assumptions"], "deal_id", deals, "deal_id"),
        ("groups.csv", "holder", frames["groups"], "holder", nodes, "node"),
        ("groups.csv", "held", frames["groups"], "held", nodes, "node"),
    )
    for file, label, left, column, right, key in links:
        lost = set(left.get_column(column).drop_nulls()) - set(right.get_column(key))
        if lost:
            return f"{file}: {label} {sorted(lost)[0]} is not in the theme"
    return ""


def _located(folder: Path, as_of: date, cause: str) -> ThemeFileError:
    """Return the error for the first fault that lint finds, with its file and line."""
    from exposures.lint import lint_theme

    for fault in lint_theme(folder, as_of=as_of):
        if fault.severity == "error":
            return ThemeFileError(f"{fault.file}:{fault.line}: {fault.message}", fix=fault.fix)
    return ThemeFileError(f"{THEME_FILE}:1: {cause}", fix='Run "screen themes lint".')


def _digest(folder: Path) -> str:
    """Return the SHA-256 of name and bytes of every file of the theme, in name order."""
    digest = hashlib.sha256()
    wanted = {THEME_FILE, SCENARIOS_FILE, *(f.file for f in CSV_FILES)}
    for path in sorted(folder.iterdir()):
        if path.name in wanted:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
