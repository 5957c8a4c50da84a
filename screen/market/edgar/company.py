"""One company: ask for its facts, or learn that the stored ones are current, and read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from screen.market.edgar.cache import BodyCache, CachedBody
from screen.market.edgar.due import DATASET
from screen.market.edgar.facts import read_facts
from screen.market.edgar.names import is_same_company
from screen.market.edgar.statements import FILED, statements_of
from screen.market.feed import Batch
from screen.market.net.faults import FetchError
from screen.market.net.http import HttpClient
from screen.market.outcomes import outcome
from screen.market.protocol import Company

__all__ = ["FACTS_URL", "Answer", "batch_of", "fetch_body", "refused"]

FACTS_URL = "https://data.sec.gov/api/xbrl/companyfacts/CIK{cik:010d}.json"

_VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


@dataclass(frozen=True)
class Answer:
    """A body and the number of requests that it took."""

    body: CachedBody
    requests: int


def fetch_body(client: HttpClient, cache: BodyCache, url: str, name: str, *, today: date) -> Answer:
    """Return the body at `url`, from the cache when the host says that it is unchanged.

    Raises
    ------
    FetchError
        The request failed for good.
    """
    stored = cache.get(name)
    answer, tries = client.get(url, headers=stored.validators if stored else None)
    if answer.is_unchanged and stored is None:
        fault = FetchError("bad_payload", "unchanged (304), but nothing is stored")
        fault.tries = tries
        raise fault
    if answer.is_unchanged and stored is not None:
        body = CachedBody(stored.content, stored.fetched_on, today, stored.validators)
    else:
        sent = {asked: answer.headers[told] for told, asked in _VALIDATORS.items() if told in answer.headers}
        body = CachedBody(answer.content, today, today, sent)
    return Answer(body, tries)


def batch_of(company: Company, cik: int, answer: Answer) -> Batch:
    """Read one company's facts.

    The registered name must be the company's: otherwise the outcome is ``not_covered`` (asking again would
    not help) and no row is used. Points that cannot be read make it ``partial``.

    Raises
    ------
    FetchError
        The body cannot be read or is about another number (kind ``bad_payload``), or the name is another
        company's (``not_covered``).
    """
    try:
        found = read_facts(answer.body.content)
    except ValueError as error:
        raise FetchError("bad_payload", f"the answer cannot be read ({_first_line(error)})") from error
    if found.cik not in (cik, None):
        raise FetchError("bad_payload", f"asked for CIK {cik}, the answer is about CIK {found.cik}")
    if not is_same_company(company.name, found.entity):
        raise FetchError(
            "not_covered",
            f'CIK {cik} is "{found.entity}" at the SEC, not "{company.name}": its figures are not used',
        )
    rows = statements_of(company.ticker, found.facts, seen_at=answer.body.fetched_on)
    status, reason = "ok", None
    if rows.is_empty():
        status, reason = "empty", "the SEC has no figures of periodic reports of this company"
    elif found.lost:
        status, reason = "partial", f"{found.lost} points could not be read and are left out"
    latest = rows.get_column("known_at").max()
    told = outcome(
        company.ticker,
        DATASET,
        status,
        source=FILED,
        reason=reason,
        requests=answer.requests,
        latest=latest if isinstance(latest, date) else None,
    )
    return Batch([told], facts={} if rows.is_empty() else {DATASET: rows})


def refused(company: Company, fault: FetchError) -> Batch:
    """The batch of a company that could not be asked or read."""
    told = outcome(
        company.ticker, DATASET, fault.status, source=FILED, reason=fault.message, requests=fault.tries
    )
    return Batch([told])


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
