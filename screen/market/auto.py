"""Choose a market source by name; ``auto`` says plainly what it fell back to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from exposures.errors import UsageError
from screen.market.feeds import feed_names, left_out, live_feeds
from screen.market.live import LiveSource, StoreSource
from screen.market.protocol import MarketData, MarketRequest, MarketSource
from screen.market.store import MarketStore
from screen.market.yahoo.probe import ProbeResult
from screen.settings import Settings

__all__ = ["AutoSource", "resolve_source"]

PRICED_BY = "yahoo"
"""The live source that prices come from."""

Probe = Callable[[], ProbeResult]


def resolve_source(settings: Settings, *, today: date, probe: Probe | None = None) -> MarketSource:
    """Return the source that `settings` ask for.

    Parameters
    ----------
    settings
        ``source`` (a checked name) with what it needs: market folder, store, contact, politeness;
        ``offline`` reads the store as it is and never asks a host.
    today
        The clock's day in UTC.
    probe
        Replaces the probe of ``auto`` (for tests).

    Raises
    ------
    UsageError
        ``files`` without a folder, ``edgar`` without a contact, or live sources of which none has prices.
    """
    name = settings.source
    if name == "files":
        if settings.market_dir is None:
            raise UsageError(
                "--source files needs a folder of market data.",
                fix="Add --market-dir DIR; the layout is in docs/market-data.md.",
            )
        from screen.market.files import FilesSource

        return FilesSource(settings.market_dir)
    if name == "sample":
        from screen.market.sample import SampleSource

        return SampleSource()
    store = MarketStore(settings.store)
    if name == "store":
        return StoreSource(store, today=today)
    if name == "auto":
        return AutoSource(settings, store=store, today=today, probe=probe)
    names = feed_names(settings)
    if PRICED_BY not in names:
        raise UsageError(
            f"--source {name}: no prices come from there, and nothing is ranked without them.",
            fix=f"Add {PRICED_BY}: --source {PRICED_BY},{name}; to fill the store alone, "
            f'run "screen data pull --source {name}".',
        )
    if settings.offline:
        return StoreSource(store, today=today, sources=names, note=left_out(settings))
    return LiveSource(store, live_feeds(names, settings), today=today, note=left_out(settings))


class AutoSource:
    """Live sources if Yahoo answers one quick probe, else the store with its age, else the simulated sample.

    Live sources are Yahoo, TWSE and, with a contact in the settings, SEC EDGAR. A day on which Yahoo was
    pulled already needs no probe. The choice is made once, at the first question; a note in the data says
    what was chosen and why.
    """

    name = "auto"

    def __init__(
        self, settings: Settings, *, store: MarketStore, today: date, probe: Probe | None = None
    ) -> None:
        self.settings = settings
        self.store = store
        self.today = today
        self._probe = probe
        self._chosen: MarketSource | None = None

    def newest_day(self) -> date | None:
        """Return the newest price day of the chosen source; None for live sources."""
        return self._choice().newest_day()

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return the chosen source's data; stored rows stay in use when a host stops answering half-way.

        Raises
        ------
        NetworkError, RateLimitedError
            Yahoo answered the probe, then failed, and nothing is stored. The sample does not step in: the
            run's date was already chosen for live data.
        """
        return self._choice().fetch(request)

    def _choice(self) -> MarketSource:
        if self._chosen is None:
            self._chosen = self._choose()
        return self._chosen

    def _choose(self) -> MarketSource:
        has_rows = self.store.exists() and bool(self.store.sources("prices"))
        why = "Offline."
        if not self.settings.offline:
            if self._pulled_today():
                return self._live()
            reply = self._probe() if self._probe else _ask_yahoo()
            if reply.is_ok:
                return self._live()
            why = f"{reply.reason[:1].upper()}{reply.reason[1:]}."
        if has_rows:
            return StoreSource(self.store, today=self.today, note=why)
        from screen.market.sample import SampleSource

        warning = "No live and no stored market data: THIS RUN USES THE SIMULATED SAMPLE."
        return SampleSource(note=f"{why} {warning}")

    def _live(self) -> LiveSource:
        feeds = live_feeds(feed_names(self.settings), self.settings)
        return LiveSource(self.store, feeds, today=self.today, note=left_out(self.settings))

    def _pulled_today(self) -> bool:
        if not self.store.exists():
            return False
        log = self.store.pulls(sources=["yahoo"])
        return not log.filter(pulled_at=self.today, status="ok").is_empty()


def _ask_yahoo() -> ProbeResult:
    from screen.market.yahoo.probe import probe

    return probe()
