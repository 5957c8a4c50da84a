"""The options that commands share, and the flags they become.

Nothing heavy is imported here: ``screen --help`` reads this file.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsJson",
    "AsOf",
    "CompareScenarios",
    "GapRows",
    "Gaps",
    "MarketDir",
    "MinCoverage",
    "Offline",
    "Out",
    "Scenario",
    "ScenarioFile",
    "Seed",
    "Source",
    "Store",
    "Theme",
    "Top",
    "Weights",
]


class GapRows(StrEnum):
    """How much of the missing data a command lists on stderr."""

    SHORT = "short"
    ALL = "all"
    NONE = "none"


Theme = Annotated[
    str | None, typer.Option("--theme", "-t", help="Theme name, or the path of a theme folder.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Date of the screen, YYYY-MM-DD. Nothing later is used.")
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        "-s",
        help="auto, live, store, files, sample, or some of yahoo,edgar,twse with commas. auto: live feeds if "
        "they answer, else the store, else the sample.",
    ),
]
MarketDir = Annotated[
    Path | None, typer.Option("--market-dir", help="Folder of Parquet or CSV files for --source files.")
]
Store = Annotated[
    str | None,
    typer.Option("--store", help="Folder or s3://bucket/prefix that keeps every market fact pulled."),
]
Offline = Annotated[
    bool | None,
    typer.Option("--offline/--online", help="Send no request: the store is read as it is."),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder that outputs go to.")]
Scenario = Annotated[
    str | None,
    typer.Option(
        "--scenario",
        help="Scenario to apply, or several joined by + (capex-cut+hbm-relief); its outputs are kept apart.",
    ),
]
CompareScenarios = Annotated[
    bool | None,
    typer.Option(
        "--compare-scenarios/--skip-scenarios", help="Rank under every scenario too, for the report."
    ),
]
ScenarioFile = Annotated[
    Path | None,
    typer.Option("--scenario-file", help="TOML file with scenarios of your own, beside the theme's."),
]
Weights = Annotated[
    list[str] | None,
    typer.Option(
        "--weights",
        help="SCREEN.COMPONENT=WEIGHT, repeatable, or a .toml file; the screen is scaled back to 1.",
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of the rank intervals.")]
MinCoverage = Annotated[
    float | None,
    typer.Option(
        "--min-coverage",
        help="Share of companies (0 to 1) that need a current price; below it nothing is ranked, exit 4.",
    ),
]
Top = Annotated[int | None, typer.Option("--top", help="Rows a ranked table shows; 0 shows all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
Gaps = Annotated[
    GapRows,
    typer.Option(
        "--gaps", help="Missing data listed on stderr: short (grouped, a dozen lines), all or none."
    ),
]
