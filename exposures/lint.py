"""The linter of a theme folder: every fault, with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from exposures.csv_files import CSV_FILES, CsvFile
from exposures.faults import Fault, error
from exposures.lint_cells import CsvText, lint_cells, read_rows
from exposures.lint_ledger import lint_ledger
from exposures.lint_links import ThemeText, lint_links
from exposures.lint_toml import TomlText, lint_scenarios, lint_theme_file, parse_toml
from exposures.theme import Scenario, Theme

__all__ = ["Fault", "lint_theme"]

THEME_FILE = "theme.toml"
SCENARIOS_FILE = "scenarios.toml"
_ORDER = {name: i for i, name in enumerate([THEME_FILE, SCENARIOS_FILE, *(f.file for f in CSV_FILES)])}


def lint_theme(folder: Path, *, as_of: date, known_components: frozenset[str] | None = None) -> list[Fault]:
    """Return every fault of a theme folder, in the order of its files and lines.

    1. TOML: syntax, unknown keys, values, tiers against roles, weights that sum to 1, components.
    2. Each CSV by itself: header, types, closed lists, dates, ticker forms, shares, order, keys.
    3. Between files: companies, segments, nodes, aliases, sources, supersession, assumptions, scenario
       targets, evidence expired on `as_of`. Skipped when ``theme.toml`` cannot be read.

    Parameters
    ----------
    folder
        The theme folder.
    as_of
        Date on which evidence must not have expired.
    known_components
        Component keys that weights may name; None leaves them unchecked.

    Returns
    -------
    list of Fault
        Empty when the theme is sound.
    """
    faults: list[Fault] = []
    theme, theme_toml = _theme(folder, known_components, faults)
    scenarios, scenario_toml = _scenarios(folder, faults)
    files = {spec.name: text for spec in CSV_FILES if (text := _csv(folder, spec, faults)) is not None}
    if theme is not None and theme_toml is not None:
        whole = ThemeText(theme, theme_toml, scenarios, scenario_toml, files, as_of)
        faults += [*lint_links(whole), *lint_ledger(whole)]
    return sorted(set(faults), key=lambda f: (_ORDER[f.file], f.line, f.rule, f.message))


def _theme(
    folder: Path, known: frozenset[str] | None, faults: list[Fault]
) -> tuple[Theme | None, TomlText | None]:
    text = _text(folder, THEME_FILE, faults)
    if text is None:
        if not (folder / THEME_FILE).exists():
            faults.append(error(THEME_FILE, 1, "missing-file", f"{folder} holds no {THEME_FILE}.", "Add it."))
        return None, None
    toml = parse_toml(THEME_FILE, text)
    if isinstance(toml, Fault):
        faults.append(toml)
        return None, None
    theme, found = lint_theme_file(toml, known_components=known)
    faults += found
    return theme, toml


def _scenarios(folder: Path, faults: list[Fault]) -> tuple[tuple[Scenario, ...], TomlText | None]:
    text = _text(folder, SCENARIOS_FILE, faults)
    if text is None:
        return (), None
    toml = parse_toml(SCENARIOS_FILE, text)
    if isinstance(toml, Fault):
        faults.append(toml)
        return (), None
    scenarios, found = lint_scenarios(toml)
    faults += found
    return scenarios, toml


def _csv(folder: Path, spec: CsvFile, faults: list[Fault]) -> CsvText | None:
    text = _text(folder, spec.file, faults)
    if text is None:
        if spec.is_needed and not (folder / spec.file).exists():
            faults.append(error(spec.file, 1, "missing-file", f"{folder} holds no {spec.file}.", "Add it."))
        return None
    rows, found = read_rows(spec, text)
    faults += [*found, *lint_cells(rows)]
    return rows


def _text(folder: Path, file: str, faults: list[Fault]) -> str | None:
    """Return the text of a file; None when it is absent or, with a fault, not UTF-8."""
    path = folder / file
    if not path.exists():
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as cause:
        line = path.read_bytes()[: cause.start].count(b"\n") + 1
        faults.append(error(file, line, "encoding", f"not UTF-8 text: {cause.reason}.", "Save it as UTF-8."))
        return None
