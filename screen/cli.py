"""The command line: options, exit codes and the one place where every error becomes a message.

Nothing heavy is imported here: ``screen --help`` must not load polars, pandas, yfinance or statsmodels.
"""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import typer

from exposures.errors import ScreenError
from screen import __version__
from screen.commands.data import data_app
from screen.commands.record import backtest, scorecard
from screen.commands.scenario import scenario_app
from screen.console import OutputError, note, report_error
from screen.options import (
    AsJson,
    AsOf,
    CompareScenarios,
    GapRows,
    Gaps,
    MarketDir,
    MinCoverage,
    Offline,
    Out,
    Scenario,
    ScenarioFile,
    Seed,
    Source,
    Store,
    Theme,
    Top,
    Weights,
)

__all__ = ["app", "main"]

USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    name="screen",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rank the AI hardware supply chain: pricing power, multiple compression, circular capital, capex.",
    epilog="Exit codes: 0 complete, 1 internal error, 2 usage, 3 ran below full coverage, 4 not found or too "
    "little data, 5 rate limited, 6 network, 130 interrupted.",
)
themes_app = typer.Typer(
    no_args_is_help=False, invoke_without_command=True, help="List, show and check themes."
)
app.add_typer(themes_app, name="themes")
app.add_typer(data_app, name="data")
app.add_typer(scenario_app, name="scenario")


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Rank the AI hardware supply chain."""
    if version:
        typer.echo(f"supply-screen {__version__}")
        raise typer.Exit
    from screen.settings import unknown_variables

    for warning in unknown_variables():
        note(f"warning: {warning}")


@app.command()
def run(
    theme: Theme = None,
    as_of: AsOf = None,
    source: Source = None,
    market_dir: MarketDir = None,
    store: Store = None,
    offline: Offline = None,
    out: Out = None,
    screen: Annotated[
        list[str] | None, typer.Option("--screen", help="Print only this screen, repeatable.")
    ] = None,
    top: Top = None,
    scenario: Scenario = None,
    scenario_file: ScenarioFile = None,
    compare_scenarios: CompareScenarios = None,
    weights: Weights = None,
    seed: Seed = None,
    min_coverage: MinCoverage = None,
    gaps: Gaps = GapRows.SHORT,
    as_json: AsJson = False,
) -> None:
    """Rank a theme, print the screens, write the weekly Parquet, its manifest and the markdown report."""
    from screen.commands.run import run_command

    flags = {
        "theme": theme,
        "source": source,
        "market_dir": market_dir,
        "store": store,
        "offline": offline,
        "out": out,
        "top": top,
        "scenario_file": scenario_file,
        "compare_scenarios": compare_scenarios,
        "seed": seed,
        "min_coverage": min_coverage,
    }
    code = run_command(
        flags,
        as_of=as_of,
        screens=screen or [],
        scenario=scenario,
        weights=weights or [],
        gaps=gaps,
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command()
def report(
    theme: Theme = None,
    as_of: AsOf = None,
    out: Out = None,
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", help="Print the report of this scenario, or of several joined by +."),
    ] = None,
    scenario_file: ScenarioFile = None,
    as_json: AsJson = False,
) -> None:
    """Print the stored report of a week (the newest without --as-of)."""
    from screen.commands.report import report_command

    flags = {"theme": theme, "out": out, "scenario_file": scenario_file}
    raise typer.Exit(report_command(flags, as_of=as_of, scenario=scenario, as_json=as_json))


@app.command()
def explain(
    ticker: Annotated[
        str, typer.Argument(help="Company, as a Yahoo symbol (2330.TW, MU) or by name (TSMC).")
    ],
    theme: Theme = None,
    as_of: AsOf = None,
    source: Source = None,
    market_dir: MarketDir = None,
    store: Store = None,
    offline: Offline = None,
    scenario: Scenario = None,
    scenario_file: ScenarioFile = None,
    weights: Weights = None,
    seed: Seed = None,
    min_coverage: MinCoverage = None,
    as_json: AsJson = False,
) -> None:
    """Say why a company ranks where it does: contributions, evidence, data used with dates."""
    from screen.commands.explain import explain_command

    flags = {
        "theme": theme,
        "source": source,
        "market_dir": market_dir,
        "store": store,
        "offline": offline,
        "scenario_file": scenario_file,
        "seed": seed,
        "min_coverage": min_coverage,
    }
    code = explain_command(
        ticker, flags, as_of=as_of, scenario=scenario, weights=weights or [], as_json=as_json
    )
    raise typer.Exit(code)


@app.command()
def loops(
    theme: Theme = None,
    as_of: AsOf = None,
    source: Source = None,
    market_dir: MarketDir = None,
    store: Store = None,
    offline: Offline = None,
    scenario: Scenario = None,
    scenario_file: ScenarioFile = None,
    min_coverage: MinCoverage = None,
    as_json: AsJson = False,
) -> None:
    """List the loops of capital with amounts, against chance, what is owed of them, related parties, years."""
    from screen.commands.loops import loops_command

    flags = {
        "theme": theme,
        "source": source,
        "market_dir": market_dir,
        "store": store,
        "offline": offline,
        "scenario_file": scenario_file,
        "min_coverage": min_coverage,
    }
    raise typer.Exit(loops_command(flags, as_of=as_of, scenario=scenario, as_json=as_json))


app.command()(scorecard)
app.command()(backtest)


@app.command()
def config(as_json: AsJson = False) -> None:
    """Print every setting with its value and where it came from."""
    from screen.commands.config import config_command

    raise typer.Exit(config_command(as_json=as_json))


@app.command()
def doctor(
    theme: Theme = None,
    source: Source = None,
    store: Store = None,
    offline: Offline = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Check settings, store, clock, sources, coverage, disk and the size of the next pull, one row each.

    Each row says what was found and what to do. Exit 0 when nothing fails (a warning is no failure), 2 when a
    check fails, 6 when nothing is stored and the source of prices, or every source, cannot be reached.
    """
    from screen.commands.doctor import doctor_command

    flags = {"theme": theme, "source": source, "store": store, "offline": offline, "out": out}
    raise typer.Exit(doctor_command(flags, as_json=as_json))


@themes_app.callback(invoke_without_command=True)
def themes(context: typer.Context, as_json: AsJson = False) -> None:
    """List the themes that come with the program."""
    if context.invoked_subcommand is None:
        from screen.commands.themes import list_command

        raise typer.Exit(list_command(as_json=as_json))


@themes_app.command("show")
def themes_show(
    name: Annotated[str, typer.Argument(help="Theme name, or the path of a theme folder.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Print a theme's map by tier."""
    from screen.commands.themes import show_command

    raise typer.Exit(show_command(name, as_of=as_of, as_json=as_json))


@themes_app.command("lint")
def themes_lint(
    path: Annotated[
        str | None, typer.Argument(help="Theme name or folder; every bundled theme without it.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Report every fault of a theme with file and line. Exit 2 when there is an error."""
    from screen.commands.themes import lint_command

    raise typer.Exit(lint_command(path, as_of=as_of, as_json=as_json))


def main() -> None:
    """Run the program; every error becomes one message that names the fix, and its exit code."""
    as_json = "--json" in sys.argv[1:]
    try:
        from screen.siblings import check_siblings

        check_siblings()
        code = app(standalone_mode=False) or 0
        if code == INTERRUPTED:  # typer turns Ctrl-C into this code without a word
            raise KeyboardInterrupt
        sys.exit(code)
    except typer.TyperException as error:
        if message := _usage_message(error):  # empty: the help was printed because nothing was asked
            report_error("UsageError", message, _usage_fix(error), as_json=as_json)
        sys.exit(USAGE)
    except ScreenError as error:
        on_stdout = as_json and not isinstance(error, OutputError)
        report_error(type(error).__name__, error.message, error.fix, as_json=on_stdout)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        fix = "Run it again: what a pull had stored is not asked for again."
        report_error("Interrupted", "interrupted; nothing half-written is left.", fix, as_json=as_json)
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 -- the CLI edge: a fault of ours is reported as one
        sys.exit(_report_unexpected(error, as_json=as_json))


def _report_unexpected(error: Exception, *, as_json: bool) -> int:
    """Report what no layer foresaw; return 2 for a full disk behind stdout, else 1 for a fault of ours."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        reason = f"standard output cannot be written: {error.strerror}."
        report_error("OutputError", reason, "Free space, or write elsewhere.", as_json=False)
        return USAGE
    report_error(
        "InternalError",
        f"internal error: {type(error).__name__}: {error}",
        "Run again with SCREEN_DEBUG=1 for the trace, and report it.",
        as_json=as_json,
    )
    _trace_if_wanted()
    return 1


def _usage_message(error: typer.TyperException) -> str:
    format_message = getattr(error, "format_message", None)
    text = str(format_message() if callable(format_message) else error)
    return text.replace("Value error, ", "")  # a word of the validation library, not of the command line


def _usage_fix(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f'Run "{context.command_path} --help".' if context else 'Run "screen --help".'


def _trace_if_wanted() -> None:
    import os
    import traceback

    if os.environ.get("SCREEN_DEBUG"):
        traceback.print_exc()
