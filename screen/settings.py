"""Settings: flag > SCREEN_* environment > ./screen.toml > user file > default, each with its origin."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exposures.errors import UsageError, suggest

__all__ = ["Settings", "SettingsOrigin", "load_settings", "unknown_variables", "user_file"]

NOT_SETTINGS = ("SCREEN_DEBUG", "SCREEN_SHARED", "SCREEN_UPDATE_GOLDEN")
"""Variables of this project that are no setting: the trace of an internal error, and two of its tests."""


class Settings(BaseModel):
    """What a run can be told; each field is also a ``SCREEN_NAME`` variable and a key of screen.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    theme: str = Field("multicloud-gpu", description="Theme name, or the path of a theme folder.")
    source: str = Field("auto", description="Market source: auto, yahoo, files or sample.")
    market_dir: Path | None = Field(None, description="Folder that the files source reads.")
    out: Path = Field(Path("out"), description="Folder that outputs go to.")
    cache_dir: Path = Field(
        default_factory=lambda: _home("XDG_CACHE_HOME", ".cache") / "supply-screen",
        description="Folder of the last market data pulled from Yahoo.",
    )
    top: int = Field(15, ge=0, description="Rows a ranked table shows; 0 shows all.")
    seed: int = Field(20260429, ge=0, description="Seed of the rank intervals.")
    draws: int = Field(2000, ge=100, description="Draws behind the rank intervals.")
    min_coverage: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Share of companies that need a current price; below it nothing is ranked.",
    )


@dataclass(frozen=True)
class SettingsOrigin:
    """Settings in force and where each value came from."""

    settings: Settings
    origins: Mapping[str, str]


def _home(variable: str, fallback: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / fallback)


def user_file() -> Path:
    """Return the path of the user's own settings file (it need not exist)."""
    return _home("XDG_CONFIG_HOME", ".config") / "supply-screen" / "screen.toml"


def load_settings(flags: Mapping[str, Any] | None = None, *, folder: Path | None = None) -> SettingsOrigin:
    """Return the settings in force.

    Parameters
    ----------
    flags
        Values given on the command line; None values are "not given".
    folder
        Where ./screen.toml is looked for; the working folder when None.

    Raises
    ------
    UsageError
        An unknown key (with a suggestion) or a value that is not allowed, naming where it stands.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    local = (folder or Path.cwd()) / "screen.toml"
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (str(user_file()), _read(user_file())),
        (str(local.name if folder is None else local), _read(local)),
        ("environment", _environment()),
        ("flag", {k: v for k, v in (flags or {}).items() if v is not None}),
    ]
    for origin, layer in layers:
        for key, value in layer.items():
            if key not in Settings.model_fields:
                raise UsageError(
                    f'{origin}: unknown setting "{key}"; known: {", ".join(Settings.model_fields)}.',
                    fix=suggest(key, Settings.model_fields),
                )
            values[key] = value
            origins[key] = f"SCREEN_{key.upper()}" if origin == "environment" else origin
    if not str(values.get("theme", "-")).strip():
        origin = "--theme" if origins["theme"] == "flag" else f"{origins['theme']}: theme"
        raise UsageError(
            f"{origin} is empty.", fix='Give a theme name or folder; "screen themes" lists them.'
        )
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        origin = origins.get(key, "settings")
        origin = f"--{key.replace('_', '-')}" if origin == "flag" else origin
        raise UsageError(
            f"{origin}: {key} = {values.get(key)!r}: {first['msg']}.",
            fix=f"{Settings.model_fields[key].description}",
        ) from error
    return SettingsOrigin(settings, {k: origins.get(k, "default") for k in Settings.model_fields})


def unknown_variables() -> list[str]:
    """Return one warning for each ``SCREEN_*`` variable that nothing reads, with the closest known name."""
    known = [f"SCREEN_{key.upper()}" for key in Settings.model_fields]
    names = sorted(name for name in os.environ if name.startswith("SCREEN_"))
    return [
        f"{name} is not a setting and is ignored; {suggest(name, known) or 'see: screen config'}".rstrip()
        for name in names
        if name not in (*known, *NOT_SETTINGS)
    ]


def _environment() -> dict[str, str]:
    found = {key: os.environ.get(f"SCREEN_{key.upper()}") for key in Settings.model_fields}
    return {key: value for key, value in found.items() if value}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.", fix="Mend its permissions.") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}.", fix="See docs/cli.md for the keys.") from error
