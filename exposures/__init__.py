"""The curated knowledge of a theme: companies, segments, tiers, deals, figures and their sources.

>>> from datetime import date
>>> from exposures import load_theme
>>> theme_map = load_theme("multicloud-gpu", as_of=date(2026, 8, 22))
>>> theme_map.companies.height
121

Names are imported when first used, so that ``import exposures.errors`` does not load polars.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exposures.deals import additive_deals, group_of, incomplete_deals, superseded_deals
    from exposures.errors import (
        DataError,
        NetworkError,
        NotFoundError,
        RateLimitedError,
        ScreenError,
        TableError,
        ThemeFileError,
        UsageError,
    )
    from exposures.faults import Fault
    from exposures.lint import lint_theme
    from exposures.load import load_theme, theme_folder, theme_names
    from exposures.table import Column, Table, column
    from exposures.theme import ExposureMap, LoopSettings, Scenario, ScreenSettings, SegmentEntry, Theme

__all__ = [
    "Column",
    "DataError",
    "ExposureMap",
    "Fault",
    "LoopSettings",
    "NetworkError",
    "NotFoundError",
    "RateLimitedError",
    "Scenario",
    "ScreenError",
    "ScreenSettings",
    "SegmentEntry",
    "Table",
    "TableError",
    "Theme",
    "ThemeFileError",
    "UsageError",
    "additive_deals",
    "column",
    "group_of",
    "incomplete_deals",
    "lint_theme",
    "load_theme",
    "superseded_deals",
    "theme_folder",
    "theme_names",
]

_HOME = {
    "deals": ("additive_deals", "group_of", "incomplete_deals", "superseded_deals"),
    "errors": (
        "DataError", "NetworkError", "NotFoundError", "RateLimitedError", "ScreenError", "TableError",
        "ThemeFileError", "UsageError",
    ),
    "faults": ("Fault",),
    "lint": ("lint_theme",),
    "load": ("load_theme", "theme_folder", "theme_names"),
    "table": ("Column", "Table", "column"),
    "theme": ("ExposureMap", "LoopSettings", "Scenario", "ScreenSettings", "SegmentEntry", "Theme"),
}  # fmt: skip


def __getattr__(name: str) -> object:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
