"""The options of ``screen scorecard`` and ``screen backtest``.

Nothing heavy is imported here: ``screen --help`` reads this file.
"""

from __future__ import annotations

from typing import Annotated

import typer

from screen.options import AsJson, MarketDir, MinCoverage, Offline, Out, Source, Store, Theme

__all__ = ["backtest", "scorecard"]


def scorecard(
    *,
    theme: Theme = None,
    source: Source = None,
    market_dir: MarketDir = None,
    store: Store = None,
    offline: Offline = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Grade every stored weekly forecast whose year has passed, and say what is not testable yet.

    Forecasts are those that `screen run` stored below --out; outcomes come from the present market source.
    Simulated weeks are graded with --source sample alone and never beside real ones.
    """
    from screen.commands.scorecard import scorecard_command

    flags = {
        "theme": theme,
        "source": source,
        "market_dir": market_dir,
        "store": store,
        "offline": offline,
        "out": out,
    }
    raise typer.Exit(scorecard_command(flags, as_json=as_json))


def backtest(
    *,
    first: Annotated[str, typer.Option("--from", help="First date, YYYY-MM-DD.")],
    last: Annotated[
        str, typer.Option("--to", help="Last date; outcomes are taken up to it, so the last year stays open.")
    ],
    every: Annotated[
        str, typer.Option("--every", help="Weeks between dates: 1w, 2w, 4w, 13w, 26w or 52w.")
    ] = "4w",
    theme: Theme = None,
    source: Source = None,
    market_dir: MarketDir = None,
    out: Out = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes on this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Dask scheduler to run on, tcp://host:port.")
    ] = None,
    filed_only: Annotated[
        bool,
        typer.Option(
            "--filed-only/--all-statements",
            help="Use statements as first filed, or also those with an assumed date or restated values.",
        ),
    ] = True,
    min_coverage: MinCoverage = None,
    as_json: AsJson = False,
) -> None:
    """Run the present method over past dates, each from what was known then, and grade it.

    Reads local files alone. The companies and the map are today's: survivorship and hindsight are stated with
    the result. The same tables come out on one process, several, or a Dask cluster.
    """
    from screen.commands.backtest import backtest_command

    flags = {
        "theme": theme,
        "source": source,
        "market_dir": market_dir,
        "out": out,
        "min_coverage": min_coverage,
    }
    code = backtest_command(
        flags,
        first=first,
        last=last,
        every=every,
        workers=workers,
        scheduler=scheduler,
        is_filed_only=filed_only,
        as_json=as_json,
    )
    raise typer.Exit(code)
