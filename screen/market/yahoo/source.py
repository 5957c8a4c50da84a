"""`YahooSource`: live market data through the real yfinance client.

A ticker that fails is a row with a reason; only the whole host failing is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, date, datetime

from exposures.errors import DataError, NetworkError, RateLimitedError, ScreenError
from screen.market.outcomes import age_days
from screen.market.protocol import MarketData, MarketRequest
from screen.market.stored import write_stored
from screen.market.tables import ESTIMATES, FX, OUTCOMES, PRICES, PROFILES, SPLITS, STATEMENTS
from screen.market.yahoo.client import ProbeResult, YahooClient, YahooSettings, probe
from screen.market.yahoo.pull import Pull, pull_company, pull_rate

__all__ = ["YahooSettings", "YahooSource", "probe"]

KEEP_SHARE = 0.5
"""A pull that priced fewer of the companies is not kept: it must not replace a better one."""
OFFLINE_FIX = "Check the connection, or use --source files --market-dir DIR, or --source sample (simulated)."


class YahooSource:
    """Live data from Yahoo Finance.

    Parameters
    ----------
    settings
        Politeness, patience and the cache folder.
    today
        Day of the fetch; the clock's day in UTC when None.
    """

    name = "yahoo"

    def __init__(self, settings: YahooSettings | None = None, *, today: date | None = None) -> None:
        self.settings = settings or YahooSettings()
        self.today = today

    def newest_day(self) -> date | None:
        """Return None: a live source follows the week."""
        return None

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return what Yahoo has for `request`: three requests a company, one a currency.

        1. Probe once. 2. For each company: prices; then estimates and profile; then statements.
        3. Rates of every currency that occurs. 4. Keep the pull in the cache folder.

        Missing data: a request that fails is a row of OUTCOMES with status and reason; the other requests go
        on until the host itself stops answering, after which the rest is ``skipped``.

        Raises
        ------
        NetworkError
            Yahoo cannot be reached, or stopped answering before any price came.
        RateLimitedError
            Yahoo refused further requests before any price came.
        DataError
            Yahoo answered, but with nothing that can be read.
        """
        reply = probe(self.settings.probe_timeout_s)
        if not reply.is_ok:
            raise _whole_failure(reply)
        fetched = self.today or datetime.now(tz=UTC).date()
        whole = Pull()
        with YahooClient(self.settings) as client:
            companies = _pulls(
                client, request.tickers, lambda name: pull_company(client, name, fetched=fetched)
            )
            for done, (ticker, pull) in enumerate(companies, start=1):
                whole.add(pull)
                if request.progress:
                    request.progress(done, len(request.companies), ticker)
            for _, pull in _pulls(
                client, _currencies(request, whole), lambda name: pull_rate(client, name, fetched=fetched)
            ):
                whole.add(pull)
            broken = client.broken
        if not whole.prices:
            raise _nothing_came(whole, broken)
        data = _market_data(whole, request, fetched)
        priced = data.prices.get_column("ticker").n_unique()
        if self.settings.cache_dir and priced >= KEEP_SHARE * len(request.companies):
            write_stored(data, self.settings.cache_dir, fetched=fetched)
        return data


def _pulls(
    client: YahooClient, names: Sequence[str], job: Callable[[str], Pull]
) -> Iterator[tuple[str, Pull]]:
    """Yield each name with its rows, as they come."""
    with ThreadPoolExecutor(client.settings.workers) as pool:
        waiting = {pool.submit(job, name): name for name in names}
        try:
            for finished in as_completed(waiting):
                yield waiting[finished], finished.result()
        finally:  # an interrupt must not wait for the requests that have not begun
            pool.shutdown(wait=False, cancel_futures=True)


def _currencies(request: MarketRequest, whole: Pull) -> list[str]:
    """Every currency of companies, prices, estimates and statements but the US dollar."""
    found = {c for k in request.companies for c in (k.listing_currency, k.reporting_currency)}
    for rows in (whole.prices, whole.estimates, whole.statements):
        found |= {str(row["currency"]) for row in rows if row.get("currency")}
    return sorted(found - {"USD"})


def _market_data(whole: Pull, request: MarketRequest, fetched: date) -> MarketData:
    prices = PRICES.frame(whole.prices)
    failed = sum(row["status"] not in ("ok", "empty", "partial") for row in whole.outcomes)
    return MarketData(
        source="yahoo",
        label=f"Yahoo Finance, fetched {fetched}",
        is_simulated=False,
        prices=prices,
        splits=SPLITS.frame(whole.splits),
        estimates=ESTIMATES.frame(whole.estimates),
        statements=STATEMENTS.frame(whole.statements),
        profiles=PROFILES.frame(whole.profiles),
        fx=FX.frame(whole.fx),
        outcomes=OUTCOMES.frame(whole.outcomes),
        age_days=age_days(prices, request.as_of),
        note=f"{failed} of {len(whole.outcomes)} requests to Yahoo failed; the reasons are listed."
        if failed
        else "",
    ).checked()


def _whole_failure(reply: ProbeResult) -> ScreenError:
    if reply.kind == "rate_limited":
        return RateLimitedError(f"{reply.reason}.", fix="Wait some minutes, then run again. " + OFFLINE_FIX)
    return NetworkError(f"{reply.reason}.", fix=OFFLINE_FIX)


def _nothing_came(whole: Pull, broken: str) -> ScreenError:
    reasons = sorted(
        {f"{row['status']}: {row['reason']}" for row in whole.outcomes if row["dataset"] == "prices"}
    )
    said = "; ".join(reasons[:3]) or "no request was made"
    if broken == "rate_limited":
        return _whole_failure(ProbeResult("rate_limited", f"Yahoo refused every request ({said})"))
    if broken:
        return _whole_failure(ProbeResult(broken, f"Yahoo stopped answering before any price came ({said})"))
    return DataError(f"Yahoo delivered no price at all ({said}).", fix="Check the symbols. " + OFFLINE_FIX)
