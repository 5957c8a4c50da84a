"""Weights given on the command line in place of the theme file's."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from exposures.errors import NotFoundError, UsageError, suggest
from exposures.theme import ScreenSettings

__all__ = ["custom_weights", "override_weights", "parse_weights"]

FORM = "Write SCREEN.COMPONENT=WEIGHT, e.g. beneficiaries.tier_power=0.3, or the path of a .toml file."


def parse_weights(entries: Iterable[str]) -> tuple[tuple[str, str, float], ...]:
    """Return (screen, component, weight) triples from ``screen.component=weight`` texts and .toml paths."""
    found: list[tuple[str, str, float]] = []
    for entry in entries:
        if entry.endswith(".toml"):
            found += _from_file(Path(entry))
            continue
        key, equals, value = entry.partition("=")
        screen, dot, component = key.strip().partition(".")
        if not equals or not dot:
            raise UsageError(f'--weights "{entry}" cannot be read.', fix=FORM)
        found.append((screen, component, _number(value, entry)))
    return tuple(found)


def override_weights(
    screens: Mapping[str, ScreenSettings], overrides: Iterable[tuple[str, str, float]]
) -> dict[str, ScreenSettings]:
    """Return the screens with `overrides` applied and the weights of changed screens scaled back to 1.

    A weight of 0 drops a component.

    Raises
    ------
    UsageError
        An unknown screen, a component that the screen does not weigh (it may have no value for the
        companies ranked there), or weights that sum to 0.
    """
    changed = {key: dict(settings.weights) for key, settings in screens.items()}
    touched = set()
    for screen, component, weight in overrides:
        if screen not in changed:
            raise UsageError(
                f'--weights: unknown screen "{screen}"; known: {", ".join(changed)}.',
                fix=suggest(screen, changed),
            )
        if component not in changed[screen]:
            known = sorted(changed[screen])
            raise UsageError(
                f'--weights: "{screen}" has no component "{component}"; it weighs: {", ".join(known)}.',
                fix=suggest(component, known) or "Give one of these, or add it in a theme of your own.",
            )
        changed[screen][component] = weight
        touched.add(screen)
    for screen in touched:
        total = sum(changed[screen].values())
        if total <= 0:
            raise UsageError(
                f'--weights: the weights of "{screen}" sum to {total:g}.', fix="Leave one above 0."
            )
        changed[screen] = {k: w / total for k, w in changed[screen].items() if w > 0}
    return {key: settings.model_copy(update={"weights": changed[key]}) for key, settings in screens.items()}


def custom_weights(
    screens: Mapping[str, ScreenSettings],
    changed: Mapping[str, ScreenSettings],
    overrides: Iterable[tuple[str, str, float]],
) -> tuple[str, ...]:
    """Return `overrides` as sorted ``screen.component=weight`` texts, without screens they do not change."""
    last = {(screen, component): weight for screen, component, weight in overrides}
    return tuple(
        f"{screen}.{component}={weight!r}"
        for (screen, component), weight in sorted(last.items())
        if dict(screens[screen].weights) != dict(changed[screen].weights)
    )


def _number(text: str, entry: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f'--weights "{entry}": "{text}" is not a number.', fix=FORM) from error
    if not 0 <= value < float("inf"):
        raise UsageError(f'--weights "{entry}": a weight is 0 or more.', fix=FORM)
    return value


def _from_file(path: Path) -> list[tuple[str, str, float]]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError(f"--weights: {path} does not exist.", fix=FORM) from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"--weights: {path}: {error}.", fix="One [screen] table of component = weight."
        ) from error
    rows: list[tuple[str, str, float]] = []
    for screen, table in data.items():
        if not isinstance(table, dict):
            raise UsageError(
                f'--weights: {path}: "{screen}" is not a table.',
                fix="One [screen] table of component = weight.",
            )
        rows += [
            (screen, component, _number(str(value), f"{path}: {component}"))
            for component, value in table.items()
        ]
    return rows
