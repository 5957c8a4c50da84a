"""The next pull: how many requests it would send to each source, and how long that takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from screen.doctor.check import Check
from screen.market.feed import Feed, PullRequest
from screen.market.protocol import Company

__all__ = ["Counting", "cold_requests", "plan_checks"]

QUOTE_BATCH = 50
"""Symbols in one request for quotes; larger ones fail (measured by others at 100)."""

PLAIN_RATE = 2.0
"""Requests a second towards a host without a setting of its own, see `screen.market.net.Politeness`."""

LONG_MINUTES = 15.0
"""A pull that takes longer than this deserves a warning before it is put on a schedule."""


@runtime_checkable
class Counting(Protocol):
    """A feed that knows the size of its pull beforehand."""

    def expected_requests(self, request: PullRequest) -> int:
        """Return how many requests `pull` would send when none fails. Sends none itself."""
        ...


def cold_requests(companies: Sequence[Company]) -> int:
    """Return the most requests that a first pull from Yahoo sends: 3 U + ceil(U / 50) + C + 4.

    U are the companies, C the currencies other than the US dollar; 4 are cookie, crumb and probe.
    """
    count = len(companies)
    currencies = {c for k in companies for c in (k.listing_currency, k.reporting_currency)} - {"USD"}
    return 3 * count + math.ceil(count / QUOTE_BATCH) + len(currencies) + 4


def plan_checks(asked: Sequence[tuple[Feed, PullRequest]], *, rates: Mapping[str, float]) -> list[Check]:
    """Return one row per feed: nothing due, or the expected requests and seconds.

    Parameters
    ----------
    asked
        Each feed with what it would be asked.
    rates
        Feed -> requests a second; others count as `PLAIN_RATE`.

    Missing data: a feed that cannot tell its count beforehand says that it is due.
    """
    return [_plan(feed, request, rates.get(feed.name, PLAIN_RATE)) for feed, request in asked]


def _plan(feed: Feed, request: PullRequest, rate: float) -> Check:
    if not feed.is_due(request):
        return Check("plan", feed.name, "ok", "nothing is due: 0 requests")
    if isinstance(feed, Counting):
        count, words = feed.expected_requests(request), ""
    elif feed.name == "yahoo":
        count, words = cold_requests(request.companies), "at most "
    else:
        return Check("plan", feed.name, "ok", "due; the number of requests shows as it goes")
    minutes = count / rate / 60
    found = f"{words}{count} requests, about {_duration(count / rate)} at {rate:g} a second"
    if minutes > LONG_MINUTES:
        fix = "Pull overnight, or raise SCREEN_YAHOO_REQUESTS_PER_SECOND with care."
        return Check("plan", feed.name, "warn", found, fix)
    return Check("plan", feed.name, "ok", found)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
