"""Quotes of many companies in one request: what is new at Yahoo, before anything else is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from screen.market.minor_units import major
from screen.market.net.faults import FetchError
from screen.market.outcomes import outcome
from screen.market.yahoo.client import YahooClient
from screen.market.yahoo.payloads import Quote, QuoteAnswer

__all__ = ["BATCH", "QuoteBook", "SeenQuote", "ask_quotes", "batch_count"]

QUOTES = "https://query1.finance.yahoo.com/v7/finance/quote"
BATCH = 50
"""Symbols a request: more than 100 broke (node-yahoo-finance2 issue 901)."""
BROKEN_SHARE = 0.5
"""Yahoo once gave only the last of several symbols (issue 896): an answer without more than half of what was
asked says nothing about the symbols that it leaves out."""

Batches = Callable[[Callable[[Sequence[str]], "_Reply"], Iterable[Sequence[str]]], Iterable["_Reply"]]


@dataclass(frozen=True)
class SeenQuote:
    """One company's quote.

    Parameters
    ----------
    price
        In `currency`, an ISO one: pence are pounds already.
    day, time
        The exchange's day of the price, and its moment in UTC.
    market_cap
        In `currency`; Yahoo states it in the major unit even where it quotes pence.
    market_state
        REGULAR, CLOSED, PRE ...
    earnings_at
        The next earnings date that Yahoo states (first day of its window), else the last one.
    earnings
        All stated dates.
    is_earnings_estimate
        True when the company has not confirmed the date.

    Missing data: whatever Yahoo leaves out is None.
    """

    ticker: str
    price: float | None = None
    currency: str | None = None
    day: date | None = None
    time: datetime | None = None
    market_cap: float | None = None
    market_state: str | None = None
    earnings_at: date | None = None
    earnings: tuple[date, ...] = ()
    is_earnings_estimate: bool | None = None


@dataclass(frozen=True)
class QuoteBook:
    """Quotes by symbol, and an OUTCOMES row for each symbol that was asked."""

    quotes: Mapping[str, SeenQuote] = field(default_factory=dict)
    outcomes: Mapping[str, dict[str, object]] = field(default_factory=dict)


@dataclass
class _Reply:
    asked: Sequence[str]
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    fault: FetchError | None = None
    tries: int = 0


def batch_count(symbols: int) -> int:
    """Return the requests that `symbols` symbols take."""
    return -(-symbols // BATCH)


def ask_quotes(client: YahooClient, symbols: Sequence[str], *, today: date, each: Batches = map) -> QuoteBook:
    """Return the quotes of `symbols`, asked 50 at a time.

    Parameters
    ----------
    client
        The session.
    symbols
        Who is asked about.
    today
        Day of the pull: tells the next earnings date from the last.
    each
        Runs the batches, `map` or a pool's.

    Notes
    -----
    The symbols that come are compared with those asked. Missing ones are asked once more, 50 of them in one
    request. A symbol that is still missing is ``not_found`` among the quotes and nothing more is asked here
    to confirm it: the chart, due anyway, has the last word on whether the symbol exists. When more than half
    is missing the answer is at fault, not the symbols (``bad_payload``).

    Missing data: a batch that fails gives its fault to each of its symbols.
    """
    replies = list(each(lambda part: _ask(client, part), _parts(symbols)))
    missing = [s for reply in replies if not reply.fault for s in reply.asked if s not in reply.quotes]
    answered = sum(len(reply.asked) for reply in replies if not reply.fault)
    if missing:
        again = _ask(client, missing[:BATCH])
        replies.append(again)
    found = {s: quote for reply in replies for s, quote in reply.quotes.items()}
    is_broken = sum(s not in found for s in missing) > max(1, BROKEN_SHARE * answered)
    rows: dict[str, dict[str, object]] = {}
    for reply in replies:
        for k, symbol in enumerate(reply.asked):
            spent = int(str(rows.get(symbol, {}).get("requests", 0))) + (reply.tries if k == 0 else 0)
            fault = None if symbol in found else reply.fault
            quote = _seen(found[symbol], today) if symbol in found else None
            rows[symbol] = _outcome(symbol, quote, fault, is_broken=is_broken, requests=spent)
    return QuoteBook({s: _seen(quote, today) for s, quote in found.items()}, rows)


def _parts(symbols: Sequence[str]) -> list[Sequence[str]]:
    return [symbols[k : k + BATCH] for k in range(0, len(symbols), BATCH)]


def _ask(client: YahooClient, symbols: Sequence[str]) -> _Reply:
    params = {"symbols": ",".join(symbols), "formatted": "false", "corsDomain": "finance.yahoo.com"}
    try:
        body, tries = client.get_json(QUOTES, params)
        answer = QuoteAnswer.model_validate(body)
    except FetchError as fault:
        return _Reply(symbols, fault=fault, tries=fault.tries)
    except ValidationError:
        return _Reply(symbols, fault=FetchError("bad_payload", "the quotes have another shape"), tries=1)
    wanted = set(symbols)
    return _Reply(symbols, {s: q for s, q in answer.quotes.items() if s in wanted}, tries=tries)


def _outcome(
    symbol: str, quote: SeenQuote | None, fault: FetchError | None, *, is_broken: bool, requests: int
) -> dict[str, object]:
    if quote is not None:
        told = outcome(symbol, "quotes", "ok", source="yahoo", requests=requests, latest=quote.day)
        return {**told, "earnings_at": quote.earnings_at}
    if fault is not None:
        status, reason = fault.status, fault.message
    elif is_broken:
        status, reason = "bad_payload", "Yahoo's answer leaves out most of the symbols asked"
    else:
        status, reason = "not_found", "not among Yahoo's quotes"
    return outcome(symbol, "quotes", status, source="yahoo", reason=reason, requests=requests)


def _seen(quote: Quote, today: date) -> SeenQuote:
    currency, factor = major(quote.currency)
    moment = _moment(quote.market_time)
    stamps = (quote.earnings_last, quote.earnings_start, quote.earnings_end)
    earnings = tuple(sorted({day for s in stamps if (day := _local_day(s, quote)) is not None}))
    ahead = [day for day in earnings if day >= today]
    return SeenQuote(
        ticker=quote.symbol,
        price=None if quote.price is None else quote.price * factor,
        currency=currency,
        day=_local_day(quote.market_time, quote),
        time=moment,
        market_cap=quote.market_cap,
        market_state=quote.market_state,
        earnings_at=ahead[0] if ahead else (earnings[-1] if earnings else None),
        earnings=earnings,
        is_earnings_estimate=quote.is_earnings_estimate,
    )


def _moment(stamp: float | None) -> datetime | None:
    try:
        return None if stamp is None else datetime.fromtimestamp(stamp, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _local_day(stamp: float | None, quote: Quote) -> date | None:
    moment = _moment(stamp)
    if moment is None:
        return None
    try:
        return moment.astimezone(ZoneInfo(quote.exchange_timezone or "")).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return moment.date()
