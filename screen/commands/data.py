"""``screen data``: pull market data into the store, and look after it.

Nothing heavy is imported here: ``screen --help`` reads this file.
"""

from __future__ import annotations

from typing import Annotated

import typer

from screen.options import AsJson, GapRows, Gaps, Offline, Source, Store, Theme

__all__ = ["data_app"]

data_app = typer.Typer(
    no_args_is_help=True,
    help="Pull market data into the store, and look after the store.",
)


@data_app.command("pull")
def pull(
    *,
    theme: Theme = None,
    source: Source = None,
    store: Store = None,
    ticker: Annotated[
        list[str] | None, typer.Option("--ticker", help="Pull only this company of the theme, repeatable.")
    ] = None,
    is_full: Annotated[
        bool, typer.Option("--full", help="Ask for everything again, whatever the store holds.")
    ] = False,
    offline: Offline = None,
    gaps: Gaps = GapRows.SHORT,
    as_json: AsJson = False,
) -> None:
    """Pull what is due for a theme's companies into the store.

    Exit 0 when every request came back, 3 when some failed (what came is stored), 5 when nothing came because
    the hosts refuse for now, 6 when nothing came because none can be reached.
    """
    from screen.commands.data_pull import pull_command

    flags = {"theme": theme, "source": source, "store": store, "offline": offline}
    raise typer.Exit(pull_command(flags, tickers=ticker or [], is_full=is_full, gaps=gaps, as_json=as_json))


@data_app.command("status")
def status(store: Store = None, as_json: AsJson = False) -> None:
    """Say what the store holds of each source: companies, rows, newest day, last pull, size.

    Exit 4 when there is no store yet.
    """
    from screen.commands.data_status import status_command

    raise typer.Exit(status_command({"store": store}, as_json=as_json))


@data_app.command("check")
def check(store: Store = None, as_json: AsJson = False) -> None:
    """Read every file of the store and list what is wrong with it, and what to do.

    Exit 0 when the store is sound, 3 when there are faults: the check itself is complete and the sound files
    stay in use, so the store serves below full coverage. Exit 4 when there is no store yet.
    """
    from screen.commands.data_check import check_command

    raise typer.Exit(check_command({"store": store}, as_json=as_json))


@data_app.command("prune")
def prune(
    before: Annotated[
        str | None,
        typer.Option("--before", help="Remove log rows of pulls before this day, YYYY-MM-DD; facts stay."),
    ] = None,
    theme: Annotated[
        str | None,
        typer.Option("--theme", "-t", help="Remove the prices of companies outside this theme; facts stay."),
    ] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Join the small files of the store, drop rows stored twice, clear what a crash left; say the counts.

    Facts are never dropped. Exit 4 when there is no store yet.
    """
    from screen.commands.data_prune import prune_command

    code = prune_command({"store": store}, theme=theme, before=before, is_dry_run=is_dry_run, as_json=as_json)
    raise typer.Exit(code)
