"""Choose a market source by name; ``auto`` says plainly what it fell back to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from exposures.errors import NetworkError, RateLimitedError, UsageError, suggest
from screen.market.protocol import MarketData, MarketRequest, MarketSource
from screen.market.yahoo.client import ProbeResult

__all__ = ["SOURCES", "AutoSource", "resolve_source"]

SOURCES = ("auto", "yahoo", "files", "sample")
"""Names that ``--source`` takes."""

Probe = Callable[[], ProbeResult]


def resolve_source(
    name: str, *, market_dir: Path | None, cache_dir: Path, probe: Probe | None = None
) -> MarketSource:
    """Return the source called `name`.

    Parameters
    ----------
    name
        ``auto``, ``yahoo``, ``files`` or ``sample``.
    market_dir
        Folder that ``files`` reads.
    cache_dir
        Folder of the last successful pull from Yahoo.
    probe
        Replaces the probe of ``auto`` (for tests).

    Raises
    ------
    UsageError
        An unknown name, or ``files`` without a folder.
    """
    if name == "files":
        if market_dir is None:
            raise UsageError(
                "--source files needs a folder of market data.",
                fix="Add --market-dir DIR; the layout is in docs/market-data.md.",
            )
        from screen.market.files import FilesSource

        return FilesSource(market_dir)
    if name == "sample":
        from screen.market.sample import SampleSource

        return SampleSource()
    if name == "yahoo":
        return _yahoo(cache_dir)
    if name == "auto":
        return AutoSource(cache_dir, probe=probe)
    raise UsageError(
        f'market source "{name}" is not known; allowed: {", ".join(SOURCES)}.', fix=suggest(name, SOURCES)
    )


class AutoSource:
    """Yahoo if it answers one quick probe, else the stored pull with its age, else the simulated sample.

    The choice is made once, at the first question. A note in the data says what was chosen and why.
    """

    name = "auto"

    def __init__(self, cache_dir: Path, *, probe: Probe | None = None) -> None:
        self.cache_dir = cache_dir
        self._probe = probe
        self._chosen: MarketSource | None = None

    def newest_day(self) -> date | None:
        """Return the newest price day of the chosen source; None for Yahoo."""
        return self._choice().newest_day()

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return the chosen source's data; stored data takes over when Yahoo stops answering half-way.

        Raises
        ------
        NetworkError, RateLimitedError
            Yahoo answered the probe, then failed, and nothing is stored. The sample does not step in: the
            run's date was already chosen for live data.
        """
        from screen.market.stored import StoredSource, has_stored

        source = self._choice()
        try:
            return source.fetch(request)
        except (NetworkError, RateLimitedError) as error:
            if not has_stored(self.cache_dir):
                raise
            return StoredSource(self.cache_dir, note=error.message).fetch(request)

    def _choice(self) -> MarketSource:
        if self._chosen is None:
            self._chosen = self._choose()
        return self._chosen

    def _choose(self) -> MarketSource:
        from screen.market.stored import StoredSource, has_stored

        reply = self._probe() if self._probe else _ask_yahoo()
        if reply.is_ok:
            return _yahoo(self.cache_dir)
        why = f"{reply.reason[:1].upper()}{reply.reason[1:]}."
        if has_stored(self.cache_dir):
            return StoredSource(self.cache_dir, note=why)
        from screen.market.sample import SampleSource

        warning = "No live and no stored market data: THIS RUN USES THE SIMULATED SAMPLE."
        return SampleSource(note=f"{why} {warning}")


def _ask_yahoo() -> ProbeResult:
    from screen.market.yahoo.client import probe

    return probe()


def _yahoo(cache_dir: Path) -> MarketSource:
    from screen.market.yahoo.source import YahooSettings, YahooSource

    return YahooSource(YahooSettings(cache_dir=cache_dir))
