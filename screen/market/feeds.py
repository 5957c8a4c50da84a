"""The live sources by name, set up from the settings."""

from __future__ import annotations

from collections.abc import Sequence

from screen.market.feed import Feed
from screen.settings import Settings, live_names

__all__ = ["feed_names", "left_out", "live_feeds"]

HISTORY_DAYS = 1_130
"""Three years and a month of prices: more than Yahoo's five quarters of accounts put a multiple behind."""

FILINGS_HISTORY_DAYS = 3_680
"""Ten years and a month, in the same one request, where a contact says that SEC's filings are used: trailing
multiples then reach back as far as these."""

_CHOSEN_FOR_YOU = ("auto", "live")


def feed_names(settings: Settings) -> tuple[str, ...]:
    """Return the live sources that `settings` mean; ``auto`` and ``live`` leave SEC out without a contact."""
    names = live_names(settings.source)
    if settings.source in _CHOSEN_FOR_YOU and not settings.contact:
        return tuple(name for name in names if name != "edgar")
    return names


def left_out(settings: Settings) -> str:
    """Return a sentence about what `feed_names` left out; empty when nothing was."""
    if settings.source in _CHOSEN_FOR_YOU and not settings.contact:
        return "SEC EDGAR is left out: it asks for a name and e-mail; set SCREEN_CONTACT to include it."
    return ""


def live_feeds(names: Sequence[str], settings: Settings) -> list[Feed]:
    """Return the feeds called `names`, in that order.

    Raises
    ------
    UsageError
        ``edgar`` without a contact in the settings.
    """
    return [_feed(name, settings) for name in names]


def _feed(name: str, settings: Settings) -> Feed:
    if name == "edgar":
        from screen.market.edgar import EdgarFeed

        return EdgarFeed(contact=settings.contact, cache_dir=settings.cache_dir)
    if name == "twse":
        from screen.market.twse import TwseFeed

        return TwseFeed(cache_dir=settings.cache_dir)
    from screen.market.yahoo.feed import YahooFeed
    from screen.market.yahoo.settings import YahooSettings

    return YahooFeed(
        YahooSettings(
            requests_per_second=settings.yahoo_requests_per_second,
            workers=settings.yahoo_workers,
            history_days=FILINGS_HISTORY_DAYS if settings.contact else HISTORY_DAYS,
        )
    )
