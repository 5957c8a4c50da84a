"""Faults of ``theme.toml`` and ``scenarios.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from exposures.errors import suggest
from exposures.faults import Fault, error, warning
from exposures.theme import LoopSettings, Scenario, ScreenSettings, SegmentEntry, Theme
from exposures.toml_lines import Path, key_lines, line_of

__all__ = ["ScenarioFile", "TomlText", "lint_scenarios", "lint_theme_file", "parse_toml"]

WEIGHT_TOLERANCE = 1e-9
"""Weights are typed with two decimals; their sum may differ from 1 by rounding only."""

_LINE = re.compile(r"at line (\d+)")
_MODELS: dict[str, type[BaseModel]] = {
    "segment": SegmentEntry, "screen": ScreenSettings, "loop": LoopSettings, "scenario": Scenario,
}  # fmt: skip


class ScenarioFile(BaseModel):
    """``scenarios.toml``: nothing but ``[[scenario]]`` entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    scenario: tuple[Scenario, ...] = ()


@dataclass(frozen=True)
class TomlText:
    """A parsed TOML file with the lines of its keys."""

    file: str
    data: dict[str, Any]
    lines: dict[Path, int]

    def line(self, *path: str | int) -> int:
        """Return the line of a key."""
        return line_of(self.lines, path)


def parse_toml(file: str, text: str) -> TomlText | Fault:
    """Return the parsed text, or the syntax fault with its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        found = _LINE.search(str(cause))
        line = int(found[1]) if found else max(len(text.splitlines()), 1)
        return error(file, line, "toml-syntax", f"not valid TOML: {cause}.", "Mend the line.")
    return TomlText(file, data, key_lines(text))


def lint_theme_file(
    toml: TomlText, *, known_components: frozenset[str] | None
) -> tuple[Theme | None, list[Fault]]:
    """Return the theme if it can be read, and every fault of its file."""
    try:
        theme = Theme.model_validate(toml.data)
    except ValidationError as cause:
        return None, [_value_fault(toml, Theme, dict(e)) for e in cause.errors()]
    faults = [*_segment_faults(toml, theme), *_weight_faults(toml, theme, known_components)]
    return theme, faults


def lint_scenarios(toml: TomlText) -> tuple[tuple[Scenario, ...], list[Fault]]:
    """Return the scenarios if they can be read, and every fault of their file."""
    try:
        entries = ScenarioFile.model_validate(toml.data).scenario
    except ValidationError as cause:
        return (), [_value_fault(toml, ScenarioFile, dict(e)) for e in cause.errors()]
    return entries, [*_repeated(toml, "scenario", [entry.key for entry in entries]), *_idle(toml, entries)]


def _idle(toml: TomlText, entries: tuple[Scenario, ...]) -> Iterator[Fault]:
    for index, entry in enumerate(entries):
        if not entry.changed_fields:
            message = f'scenario "{entry.key}" changes nothing.'
            yield warning(
                toml.file, toml.line("scenario", index, "key"), "idle-scenario", message, "Say what."
            )


def _value_fault(toml: TomlText, top: type[BaseModel], detail: dict[str, Any]) -> Fault:
    """Return one validation error as a fault at the line of its key."""
    path: Path = tuple(detail["loc"])
    where = ".".join(str(part) for part in path)
    line = toml.line(*path)
    if detail["type"] == "extra_forbidden":
        model = top if len(path) == 1 else _MODELS.get(str(path[0]), top)
        allowed = sorted(model.model_fields)
        hint = suggest(str(path[-1]), allowed)
        return error(
            toml.file, line, "unknown-key", f'unknown key "{where}"; allowed: {", ".join(allowed)}.', hint
        )
    if detail["type"] == "missing":
        return error(toml.file, line, "missing-key", f'"{where}" is missing.', "Add it.")
    rule = "unlisted-tier" if path[-1] == "tier" or "tier_change" in path else "bad-value"
    return error(toml.file, line, rule, f'"{where}" is {detail["input"]!r}: {detail["msg"]}.')


def _segment_faults(toml: TomlText, theme: Theme) -> Iterator[Fault]:
    yield from _repeated(toml, "segment", [entry.key for entry in theme.segment])
    for index, entry in enumerate(theme.segment):
        line = toml.line("segment", index, "tier")
        if entry.role == "supplier" and entry.tier is None:
            message = f'segment "{entry.key}" is a supplier without a tier.'
            yield error(toml.file, line, "unlisted-tier", message, "Set bottleneck, contested or pressured.")
        if entry.role != "supplier" and entry.tier is not None:
            message = (
                f'segment "{entry.key}" is a {entry.role} and outside the tiers, yet has "{entry.tier}".'
            )
            yield error(toml.file, line, "unlisted-tier", message, "Remove the tier.")


def _repeated(toml: TomlText, kind: str, keys: list[str]) -> Iterator[Fault]:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            first = toml.line(kind, keys.index(key), "key")
            message = f'{kind} "{key}" is already on line {first}.'
            yield error(
                toml.file, toml.line(kind, index, "key"), "duplicate-key", message, "Rename or remove one."
            )


def _weight_faults(toml: TomlText, theme: Theme, known: frozenset[str] | None) -> Iterator[Fault]:
    for name, screen in theme.screen.items():
        total = sum(screen.weights.values())
        line = toml.line("screen", name, "weights")
        if abs(total - 1) > WEIGHT_TOLERANCE:
            message = f'weights of screen "{name}" sum to {total:.10g}, not 1.'
            yield error(toml.file, line, "weights-sum", message, "Mend a weight.")
        for component, weight in screen.weights.items():
            line = toml.line("screen", name, "weights", component)
            if weight < 0:
                message = f'weight of "{component}" is {weight}; weights are not negative.'
                yield error(toml.file, line, "weights-sum", message, "The direction is the component's own.")
            if known is not None and component not in known:
                message = f'screen "{name}" weighs "{component}"; known: {", ".join(sorted(known))}.'
                yield error(toml.file, line, "unknown-component", message, suggest(component, known))
