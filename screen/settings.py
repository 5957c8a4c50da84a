"""Settings: flag > SCREEN_* environment > ./screen.toml > user file > default, each with its origin."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from exposures.errors import UsageError, suggest

__all__ = [
    "LIVE_SOURCES",
    "SOURCE_NAMES",
    "Settings",
    "SettingsOrigin",
    "live_names",
    "load_settings",
    "unknown_variables",
    "user_file",
]

LIVE_SOURCES = ("yahoo", "edgar", "twse")
"""Live feeds; ``--source`` takes one of them or several with commas between."""

SOURCE_NAMES = ("auto", "live", "store", *LIVE_SOURCES, "files", "sample")
"""Names that ``--source`` takes; auto, live, store, files and sample stand alone."""

NOT_SETTINGS = ("SCREEN_DEBUG", "SCREEN_SHARED", "SCREEN_UPDATE_GOLDEN")
"""Variables of this project that are no setting: the trace of an internal error, and two of its tests."""


class Settings(BaseModel):
    """What a run can be told; each field is also a ``SCREEN_NAME`` variable and a key of screen.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    theme: str = Field("multicloud-gpu", description="Theme name, or the path of a theme folder.")
    source: str = Field(
        "auto",
        description="Market source: auto, live, store, files, sample, or a comma list of yahoo, edgar, twse.",
    )
    market_dir: Path | None = Field(None, description="Folder that the files source reads.")
    scenario_file: Path | None = Field(
        None, description="TOML file with scenarios of your own, beside those of the theme."
    )
    compare_scenarios: bool = Field(
        True, description="Rank under every scenario too, for the report; false saves two seconds."
    )
    out: Path = Field(Path("out"), description="Folder that outputs go to.")
    cache_dir: Path = Field(
        default_factory=lambda: _home("XDG_CACHE_HOME", ".cache") / "supply-screen",
        description="Folder of downloads that can be fetched again (SEC filings).",
    )
    store: str = Field(
        default_factory=lambda: str(_home("XDG_DATA_HOME", ".local/share") / "supply-screen" / "store"),
        description="Folder or s3://bucket/prefix that keeps every market fact pulled.",
    )
    offline: bool = Field(False, description="Send no request: the store is read as it is (true or false).")
    contact: str = Field("", description="Your name and e-mail, which SEC asks for with every request.")
    yahoo_requests_per_second: float = Field(
        2.0, gt=0, description="Requests a second to Yahoo, over all workers."
    )
    yahoo_workers: int = Field(5, ge=1, le=32, description="Requests to Yahoo at a time.")
    top: int = Field(15, ge=0, description="Rows a ranked table shows; 0 shows all.")
    seed: int = Field(20260429, ge=0, description="Seed of the rank intervals.")
    draws: int = Field(5000, ge=100, description="Draws behind the rank intervals.")
    min_coverage: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Share of companies that need a current price; below it nothing is ranked.",
    )

    @field_validator("store")
    @classmethod
    def _store_address(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("is empty")
        return value if "://" in value else str(Path(value).expanduser())

    @field_validator("source")
    @classmethod
    def _plain_list(cls, value: str) -> str:
        return ",".join(name.strip() for name in value.split(","))

    @field_validator("contact")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line of printable text")
        return value.strip()


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
    values, origins = _layered(flags or {}, folder)
    if not str(values.get("theme", "-")).strip():
        raise UsageError(
            f"{_place('theme', origins)} is empty.",
            fix='Give a theme name or folder; "screen themes" lists them.',
        )
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        place = f"--{key.replace('_', '-')}" if origins.get(key) == "flag" else origins.get(key, "settings")
        raise UsageError(
            f"{place}: {key} = {values.get(key)!r}: {first['msg'].removeprefix('Value error, ')}.",
            fix=f"{Settings.model_fields[key].description}",
        ) from error
    _require_source(settings.source, origins)
    return SettingsOrigin(settings, {k: origins.get(k, "default") for k in Settings.model_fields})


def _layered(flags: Mapping[str, Any], folder: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return every value that is given somewhere and the place of the one that counts."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    local = (folder or Path.cwd()) / "screen.toml"
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (str(user_file()), _read(user_file())),
        (str(local.name if folder is None else local), _read(local)),
        ("environment", _environment()),
        ("flag", {k: v for k, v in flags.items() if v is not None}),
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
    return values, origins


def live_names(source: str) -> tuple[str, ...]:
    """Return the live feeds that a ``source`` means: those it lists; every one for ``auto`` and ``live``.

    Sources that reach no network (store, files, sample) mean none.
    """
    if source in ("auto", "live"):
        return LIVE_SOURCES
    named = source.split(",")
    return tuple(name for name in LIVE_SOURCES if name in named)


def _require_source(source: str, origins: Mapping[str, str]) -> None:
    """Raise `UsageError` for an unknown source name, or for one that cannot be part of a list."""
    names = source.split(",")
    place = _place("source", origins)
    for name in names:
        if name not in SOURCE_NAMES:
            raise UsageError(
                f'{place}: market source "{name}" is not known; allowed: {", ".join(SOURCE_NAMES)}.',
                fix=suggest(name, SOURCE_NAMES),
            )
        if len(names) > 1 and name not in LIVE_SOURCES:
            raise UsageError(
                f'{place}: "{name}" cannot be part of a list; a list takes {", ".join(LIVE_SOURCES)}.',
                fix=f"Give {name} alone, or leave it out.",
            )


def _place(key: str, origins: Mapping[str, str]) -> str:
    """Where the value of `key` was given, for a message."""
    origin = origins.get(key, "default")
    if origin == "flag":
        return f"--{key.replace('_', '-')}"
    return origin if origin in ("default", f"SCREEN_{key.upper()}") else f"{origin}: {key}"


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
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: not UTF-8: byte {error.object[error.start]:#04x} at {error.start}.",
            fix="Save it as UTF-8 text.",
        ) from error
    except IsADirectoryError as error:
        raise UsageError(
            f"{path}: is a folder, not a file of settings.", fix="Rename or remove it."
        ) from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.", fix="Mend its permissions.") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}.", fix="See docs/cli.md for the keys.") from error
