"""Reachability: one light request to each host, and the clock against the hosts' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from screen.doctor.check import Check
from screen.market.net.http import short_cause
from screen.market.yahoo.probe import PROBE_URL

__all__ = ["Reply", "ask_hosts", "clock_checks", "reach_checks"]

TIMEOUT_S = 4.0
"""A host that does not answer a small request in this time would not carry a pull either."""

SKEW_WARN_S = 300.0
"""Five minutes: beyond it, a pull near midnight UTC can be stored under the wrong day."""

SEC_HOST = "SEC"
PRICE_HOST = "Yahoo"
"""The only live source of prices: without it, and without a store, nothing ranks."""


@dataclass(frozen=True)
class Page:
    """A small page of a host; `is_json` tells a host from a login page that answers in its place."""

    host: str
    url: str
    is_json: bool = False


HOSTS: Mapping[str, tuple[Page, ...]] = {
    "yahoo": (Page(PRICE_HOST, PROBE_URL, is_json=True),),
    "edgar": (
        Page(
            SEC_HOST,
            "https://data.sec.gov/api/xbrl/companyconcept/CIK0001045810/us-gaap/Assets.json",
            is_json=True,
        ),
    ),
    "twse": (
        Page("TWSE", "https://openapi.twse.com.tw/"),
        Page("TPEx", "https://www.tpex.org.tw/openapi/"),
        Page("MOPS", "https://mopsov.twse.com.tw/"),
    ),
}
"""Feed -> a page of each host it asks."""


@dataclass(frozen=True)
class Reply:
    """What a host answered; `kind` is ok, refused, rate_limited, impostor, timeout or network."""

    host: str
    kind: str
    words: str
    server_time: datetime | None = None


def ask_hosts(feeds: Sequence[str], *, contact: str, timeout_s: float = TIMEOUT_S) -> list[Reply]:
    """Send one request to each host of `feeds`, all at once, without repeats; return the replies in order."""
    pages = [(page, contact if feed == "edgar" else "") for feed in feeds for page in HOSTS[feed]]
    if not pages:
        return []
    with ThreadPoolExecutor(len(pages)) as pool:
        jobs = [pool.submit(_ask, page, contact=who, timeout_s=timeout_s) for page, who in pages]
        return [job.result() for job in jobs]


def _ask(page: Page, *, contact: str, timeout_s: float) -> Reply:
    """Ask Yahoo the way its client does (a browser's handshake), the others plainly."""
    from curl_cffi import requests
    from curl_cffi.requests import exceptions

    headers = {"User-Agent": f"supply-screen {contact}"} if contact else {}
    try:
        with requests.Session(impersonate="chrome" if page.host == PRICE_HOST else None) as session:
            answer = session.get(page.url, headers=headers, timeout=timeout_s)
    except exceptions.Timeout:
        return Reply(page.host, "timeout", f"no answer within {timeout_s:g} s")
    except exceptions.RequestException as error:
        return Reply(page.host, "network", f"cannot be reached ({short_cause(error)})")
    when = _http_date(answer.headers.get("Date"))
    if answer.status_code == 429:
        return Reply(page.host, "rate_limited", "answers 429: too many requests for now", when)
    if answer.status_code >= 400:
        return Reply(page.host, "refused", f"answers {answer.status_code}", when)
    if page.is_json and not answer.content.lstrip().startswith(b"{"):
        return Reply(page.host, "impostor", "something answers in its place (not JSON)", when)
    return Reply(page.host, "ok", "answers", when)


def _http_date(text: str | None) -> datetime | None:
    try:
        when = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return when.replace(tzinfo=UTC) if when is not None and when.tzinfo is None else when


def reach_checks(replies: Sequence[Reply], *, has_stored: bool) -> list[Check]:
    """Return one row a host. A host that does not answer warns, and fails when nothing can be ranked.

    That is while nothing is stored, and the host is the one with the prices or no host answers at all.

    Parameters
    ----------
    has_stored
        True when the store holds data that a run can use meanwhile.
    """
    rows = []
    is_silent = not any(reply.kind == "ok" for reply in replies)
    for reply in replies:
        if reply.kind == "ok":
            rows.append(Check("source", reply.host, "ok", reply.words))
            continue
        spare = " Until then stored data serves: --offline." if has_stored else ""
        fix = f"{SEC_FIX if reply.host == SEC_HOST and reply.kind == 'refused' else _FIX[reply.kind]}{spare}"
        is_fatal = not has_stored and (is_silent or reply.host == PRICE_HOST)
        rows.append(Check("source", reply.host, "fail" if is_fatal else "warn", reply.words, fix))
    return rows


SEC_FIX = "Set contact to a name and an e-mail; after too many requests SEC refuses for ten minutes."
_FIX = {
    "rate_limited": "Wait some minutes before the next pull.",
    "refused": "Try again later; the host is there but does not answer this request.",
    "impostor": "Log in to the network, or mend the proxy.",
    "timeout": "Check connection, proxy and firewall.",
    "network": "Check connection, proxy and firewall.",
}


def clock_checks(replies: Sequence[Reply], *, now: datetime, newest_pull: date | None) -> list[Check]:
    """Return the clock against the hosts' (the median of their Date headers) and against the newest pull.

    Missing data: without an answer the clock is only compared with the store; without either it is skipped.
    """
    rows = []
    if newest_pull is not None and now.date() < newest_pull:
        found = f"it is {now:%Y-%m-%d} here, but the store has a pull of {newest_pull}"
        rows.append(
            Check("clock", "store", "fail", found, "Set the clock: facts would be stored in the past.")
        )
    skews = sorted((now - reply.server_time).total_seconds() for reply in replies if reply.server_time)
    if not skews:
        return rows or [
            Check("clock", "hosts", "skip", "no host answered, so there is nothing to compare with")
        ]
    skew = skews[len(skews) // 2]
    words = f"{abs(skew):.0f} s {'ahead of' if skew >= 0 else 'behind'} the sources"
    if abs(skew) > SKEW_WARN_S:
        rows.append(Check("clock", "hosts", "warn", words, "Set the clock (NTP): days are counted in UTC."))
    else:
        rows.append(Check("clock", "hosts", "ok", words))
    return rows
