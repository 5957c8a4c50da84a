"""``screen themes``: list, show, lint."""

from __future__ import annotations

from datetime import date

import polars as pl

from exposures.errors import UsageError
from exposures.lint import Fault, lint_theme
from exposures.load import load_theme, theme_folder, theme_names
from exposures.tables import TIERS
from models.components import COMPONENT_KEYS
from reports.numbers import percent
from screen.calendar import parse_date
from screen.commands.cautions import map_cautions
from screen.commands.session import today
from screen.console import emit_json, emit_lines, emit_table, note

__all__ = ["lint_command", "list_command", "show_command"]

USAGE = 2


def list_command(*, as_json: bool) -> int:
    """Print the bundled themes."""
    loaded = [load_theme(name, as_of=today()) for name in theme_names()]
    rows = [
        (
            m.theme.name,
            m.theme.title,
            str(m.companies.height),
            str(m.deals.height),
            m.theme.curated_at.isoformat(),
        )
        for m in loaded
    ]
    if as_json:
        keys = ("name", "title", "companies", "deals", "curated_at")
        emit_json([dict(zip(keys, row, strict=True)) for row in rows], {})
        return 0
    emit_table(
        "Themes",
        ("name", "title", ">companies", ">deals", "facts of"),
        rows,
        caption="a theme of your own is a folder: --theme path/to/folder",
    )
    return 0


def show_command(name: str, *, as_of: str | None, as_json: bool) -> int:
    """Print a theme's companies by tier, then payers and users, which are outside the tiers."""
    day = _day(as_of)
    loaded = load_theme(_named(name), as_of=day)
    for line in map_cautions(loaded):
        note(line)
    if as_json:
        emit_json(loaded.memberships.to_dicts(), {"theme": loaded.theme.name, "as_of": day})
        return 0
    for tier in TIERS:
        mine = loaded.memberships.filter(pl.col("tier") == tier)
        _print_map(f"{tier}: {mine['ticker'].n_unique()} suppliers", mine)
    for role in ("payer", "user"):
        mine = loaded.memberships.filter(pl.col("role") == role)
        _print_map(f"{role}s: {mine['ticker'].n_unique()} companies, outside the tiers", mine)
    note(f"theme {loaded.theme.name} as of {day}; facts reviewed {loaded.theme.curated_at}")
    return 0


def _print_map(title: str, frame: pl.DataFrame) -> None:
    rows = [
        (
            row["ticker"],
            row["name"],
            row["segment_name"],
            f"{percent(row['revenue_share_low'])} to {percent(row['revenue_share_high'])}",
            row["tier_origin"],
            row["tier_reason"],
        )
        for row in frame.sort("segment", "ticker").iter_rows(named=True)
    ]
    emit_table(title, ("ticker", "name", "segment", ">revenue share", "tier from", "why"), rows)


def lint_command(path: str | None, *, as_of: str | None, as_json: bool) -> int:
    """Print every fault with file and line; 2 when there is an error, else 0."""
    day = _day(as_of)
    folders = (
        [theme_folder(_named(path))] if path is not None else [theme_folder(name) for name in theme_names()]
    )
    faults = [f for folder in folders for f in lint_theme(folder, as_of=day, known_components=COMPONENT_KEYS)]
    errors = sum(fault.severity == "error" for fault in faults)
    if as_json:
        emit_json([_fault(fault) for fault in faults], {"errors": errors, "as_of": day})
    else:
        emit_lines([f"{f.file}:{f.line}: {f.severity}: {f.message} {f.fix} [{f.rule}]" for f in faults])
        note(f"{errors} errors, {len(faults) - errors} warnings in {len(folders)} theme(s) as of {day}")
    return USAGE if errors else 0


def _fault(fault: Fault) -> dict[str, object]:
    return {
        "file": str(fault.file),
        "line": fault.line,
        "severity": fault.severity,
        "rule": fault.rule,
        "message": fault.message,
        "fix": fault.fix,
    }


def _named(name: str) -> str:
    if not name.strip():
        raise UsageError(
            "the theme is empty.", fix='Give a theme name or folder; "screen themes" lists them.'
        )
    return name


def _day(as_of: str | None) -> date:
    return parse_date(as_of) if as_of else today()
