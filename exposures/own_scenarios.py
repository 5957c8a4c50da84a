"""Scenarios of a user's own file, beside those of a theme."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from exposures.errors import NotFoundError, ThemeFileError
from exposures.faults import Fault, error
from exposures.lint_links import scenario_targets
from exposures.lint_toml import lint_scenarios, parse_toml
from exposures.theme import ExposureMap, Scenario

__all__ = ["lint_own_scenarios", "with_own_scenarios"]


def with_own_scenarios(exposure_map: ExposureMap, path: Path) -> ExposureMap:
    """Return the theme with the scenarios of `path` after its own; the digest covers the file.

    Parameters
    ----------
    exposure_map
        The theme as known on its date.
    path
        A file with ``[[scenario]]`` entries, of the form of a theme's ``scenarios.toml``. A source is any
        text that says where the scenario comes from.

    Raises
    ------
    NotFoundError
        There is no such file.
    ThemeFileError
        The file has a fault; the message starts with ``file:line:`` and counts the others.
    """
    scenarios, faults, content = _read(exposure_map, path)
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        first, more = errors[0], f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ThemeFileError(f"{first.file}:{first.line}: {first.message}{more}", fix=first.fix)
    digest = hashlib.sha256(exposure_map.digest.encode() + b"\0" + content).hexdigest()
    return replace(exposure_map, scenarios=(*exposure_map.scenarios, *scenarios), digest=digest)


def lint_own_scenarios(exposure_map: ExposureMap, path: Path) -> list[Fault]:
    """Return every fault of a user's own scenarios, in the order of their lines.

    The same rules as for a theme's file, and a key that the theme uses is a fault: its reports would be
    taken for the theme's.
    """
    return _read(exposure_map, path)[1]


def _read(exposure_map: ExposureMap, path: Path) -> tuple[tuple[Scenario, ...], list[Fault], bytes]:
    file = str(path)
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = content[: cause.start].count(b"\n") + 1
        return (
            (),
            [error(file, line, "encoding", f"not UTF-8 text: {cause.reason}.", "Save it as UTF-8.")],
            b"",
        )
    toml = parse_toml(file, text)
    if isinstance(toml, Fault):
        return (), [toml], content
    scenarios, faults = lint_scenarios(toml)
    known = {*exposure_map.companies.get_column("ticker"), *exposure_map.segments.get_column("segment")}
    faults += scenario_targets(toml, scenarios, known)
    taken = {entry.key for entry in exposure_map.scenarios}
    for index, entry in enumerate(scenarios):
        if entry.key in taken:
            message = f'scenario "{entry.key}" is one of theme "{exposure_map.theme.name}" already.'
            line = toml.line("scenario", index, "key")
            faults.append(error(file, line, "duplicate-key", message, "Give yours another key."))
    return scenarios, sorted(set(faults), key=lambda f: (f.line, f.rule, f.message)), content


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as cause:
        raise NotFoundError(
            f"scenario file {path} does not exist.", fix="Check --scenario-file or SCREEN_SCENARIO_FILE."
        ) from cause
    except OSError as cause:
        raise ThemeFileError(
            f"{path}:1: cannot be read: {cause.strerror}.", fix="Give a TOML file."
        ) from cause
