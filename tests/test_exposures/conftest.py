"""Folders to break, and the map as of given days."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from exposures import ExposureMap, load_theme, theme_folder

CURATED = date(2026, 8, 22)


@lru_cache(maxsize=16)
def bundled_on(as_of: date) -> ExposureMap:
    """Return the bundled theme as of a day (read once a day for the whole session)."""
    return load_theme("multicloud-gpu", as_of=as_of)


@pytest.fixture(scope="session")
def gpu() -> ExposureMap:
    return bundled_on(CURATED)


@pytest.fixture(scope="session")
def on() -> Callable[[date], ExposureMap]:
    return bundled_on


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the bundled theme that a test may break."""
    return Path(shutil.copytree(theme_folder("multicloud-gpu"), tmp_path / "broken"))


MINIMAL_THEME = """\
schema_version = 1
name = "mine"
title = "My own"
description = "Two companies"
curated_at = 2026-08-01

[[segment]]
key = "chips"
name = "Chips"
layer = "compute"
role = "supplier"
tier = "contested"
reason = "both compete"
source = "me"

[[segment]]
key = "clouds"
name = "Clouds"
layer = "cloud"
role = "payer"
reason = "buys"
source = "me"

[screen.beneficiaries]
title = "Who gains"
question = "Who?"
rank_one_means = "gains most"
roles = ["supplier"]
weights = { tier_power = 0.6, revenue_growth = 0.4 }
"""

MINIMAL_COMPANIES = """\
ticker,name,country,listing_currency,reporting_currency,layer,group,source
AMD,Advanced Micro Devices,US,USD,USD,compute,AMD,me
MSFT,Microsoft,US,USD,USD,cloud,MSFT,me
"""

MINIMAL_EXPOSURES = """\
ticker,segment,revenue_share_low,revenue_share_high,basis,source,known_at
AMD,chips,0.4,,segment share,me,2026-05
MSFT,clouds,,,,,
"""


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    """Return a user's own theme with nothing but what is needed."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "theme.toml").write_text(MINIMAL_THEME, encoding="utf-8")
    (folder / "companies.csv").write_text(MINIMAL_COMPANIES, encoding="utf-8")
    (folder / "exposures.csv").write_text(MINIMAL_EXPOSURES, encoding="utf-8")
    (folder / "sources.csv").write_text("source,url\nme,my desk\n", encoding="utf-8")
    return folder
