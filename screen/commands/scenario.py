"""``screen scenario``: list the scenarios, and set the ranking under one beside the ranking without.

Nothing heavy is imported here: ``screen --help`` reads this file.
"""

from __future__ import annotations

from typing import Annotated

import typer

from screen.options import (
    AsJson,
    AsOf,
    MarketDir,
    MinCoverage,
    Offline,
    Out,
    ScenarioFile,
    Seed,
    Source,
    Store,
    Theme,
    Top,
)

__all__ = ["scenario_app"]

scenario_app = typer.Typer(
    no_args_is_help=True, help="List the scenarios, and compare the ranking under one with the one without."
)


@scenario_app.command("list")
def list_scenarios(theme: Theme = None, scenario_file: ScenarioFile = None, as_json: AsJson = False) -> None:
    """List the scenarios of a theme and of your own file: what each changes, and its source."""
    from screen.commands.scenario_list import list_command

    flags = {"theme": theme, "scenario_file": scenario_file}
    raise typer.Exit(list_command(flags, as_json=as_json))


@scenario_app.command("run")
def run(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME...", help="Scenarios, one after the other; joined by + they apply together."
        ),
    ] = None,
    is_all: Annotated[
        bool, typer.Option("--all", help="Every scenario of the theme and of your own file.")
    ] = False,
    theme: Theme = None,
    as_of: AsOf = None,
    source: Source = None,
    market_dir: MarketDir = None,
    store: Store = None,
    offline: Offline = None,
    out: Out = None,
    screen: Annotated[
        list[str] | None, typer.Option("--screen", help="Compare only this screen, repeatable.")
    ] = None,
    top: Top = None,
    scenario_file: ScenarioFile = None,
    seed: Seed = None,
    min_coverage: MinCoverage = None,
    as_json: AsJson = False,
) -> None:
    """Rank under each scenario on the same data, print before and after side by side with what moved and why.

    Writes the moves as Parquet below OUT/scenarios/NAME. Exit codes are those of screen run.
    """
    from screen.commands.scenario_run import scenario_run_command

    flags = {
        "theme": theme,
        "source": source,
        "market_dir": market_dir,
        "store": store,
        "offline": offline,
        "out": out,
        "top": top,
        "scenario_file": scenario_file,
        "seed": seed,
        "min_coverage": min_coverage,
    }
    code = scenario_run_command(
        flags, names=names or [], is_all=is_all, as_of=as_of, screens=screen or [], as_json=as_json
    )
    raise typer.Exit(code)
