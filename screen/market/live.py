"""`StoreSource` reads the store; `LiveSource` first brings it up to date. Both give the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from exposures.errors import DataError, NetworkError, NotFoundError, RateLimitedError, ScreenError
from screen.calendar import last_friday
from screen.market.edgar import first_new_basis
from screen.market.feed import Feed
from screen.market.outcomes import age_days, missing_rates
from screen.market.protocol import MarketData, MarketRequest, PullCost
from screen.market.pull import PullResult, pull
from screen.market.store import MarketStore
from screen.market.stored_outcomes import FAILED, SERVING_DAYS, stored_outcomes
from screen.market.tables import OUTCOMES, PRICES, SPLITS

__all__ = ["LABELS", "LiveSource", "StoreSource"]

LABELS: Mapping[str, str] = {"yahoo": "Yahoo Finance", "edgar": "SEC EDGAR", "twse": "TWSE and TPEx"}
"""Live sources by name, as people know them."""

OFFLINE_FIX = "Check the connection, or use --source files --market-dir DIR, or --source sample (simulated)."


class StoreSource:
    """Market data from the store, without a single request.

    Parameters
    ----------
    store
        The store.
    sources
        Names of the live sources whose rows are wanted; None for all.
    today
        The clock's day: a store that is current serves the last Friday, like a live source.
    note
        Why stored data is used, put before its age.
    """

    def __init__(
        self,
        store: MarketStore,
        *,
        today: date,
        sources: Sequence[str] | None = None,
        note: str = "",
    ) -> None:
        self.name = ",".join(sources) if sources else "store"
        self.store = store
        self.sources = list(sources) if sources else None
        self.today = today
        self.note = note

    def newest_day(self) -> date | None:
        """Return the Friday of the week of the newest bar that was pulled, no later than the live run's.

        A run by live sources is dated to the last Friday, also on that day's morning or when it was a
        holiday and the newest bar is Thursday's; the stored rows have to give the same week. None when no
        bar was pulled.
        """
        self.store.require()
        log = self.store.pulls(sources=self.sources).filter(pl.col("latest").is_not_null(), dataset="prices")
        newest, pulled = log.get_column("latest").max(), log.get_column("pulled_at").max()
        if not (isinstance(newest, date) and isinstance(pulled, date)):
            return None
        return min(last_friday(newest + timedelta(days=6)), last_friday(pulled), last_friday(self.today))

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return the stored rows of the companies of `request`, each fact in the version known by its date.

        Missing data: a ticker that the store lacks is a row of OUTCOMES with what the last pull said of it.

        Raises
        ------
        NotFoundError
            The store holds no price of any of the companies.
        DataError
            The store's format is newer than this program.
        """
        store, tickers = self.store, request.tickers
        stored = store.prices(tickers, sources=self.sources)
        if stored.is_empty():
            raise NotFoundError(
                f'the store "{store.address}" holds no price of these companies.',
                fix=f'Run "screen data pull" while {_hosts(self.sources or LABELS)} can be reached.',
            )
        prices = stored.select(column.name for column in PRICES.columns)
        facts = {
            name: store.facts(name, tickers, sources=self.sources, as_of=request.as_of)
            for name in ("estimates", "statements", "profiles", "monthly_revenue")
        }
        fx = store.facts("fx", sources=self.sources, as_of=request.as_of)
        log = store.pulls(sources=self.sources)
        outcomes = stored_outcomes(log, tickers, {"prices": prices, **facts}, as_of=request.as_of)
        currencies = (c for k in request.companies for c in (k.listing_currency, k.reporting_currency))
        rates = missing_rates(currencies, fx, source=self.name, reason="no rate in the store")
        return MarketData(
            source=self.name,
            label=f"{_hosts(_serving([prices, *facts.values()]))}, from the store",
            is_simulated=False,
            prices=prices,
            splits=first_new_basis(facts["statements"], _splits(stored)),
            fx=fx,
            outcomes=pl.concat([outcomes, OUTCOMES.frame(rates)]),
            estimates=facts["estimates"],
            statements=facts["statements"],
            profiles=facts["profiles"],
            monthly_revenue=facts["monthly_revenue"],
            age_days=age_days(prices, request.as_of),
            note=" ".join(filter(None, [self.note, _seen_later(log, request.as_of), self._faults()])),
        ).checked()

    def _faults(self) -> str:
        faults = self.store.faults()
        if not faults:
            return ""
        files = "1 file of the store is" if len(faults) == 1 else f"{len(faults)} files of the store are"
        return f'{files} damaged and left out: run "screen data check".'


class LiveSource:
    """Pull what is due from live sources into the store, then read the store.

    Parameters
    ----------
    store
        The store.
    feeds
        Live sources; the first one delivers prices.
    today
        The clock's day in UTC.
    note
        What the reader must know of the choice of sources.
    """

    def __init__(
        self,
        store: MarketStore,
        feeds: Sequence[Feed],
        *,
        today: date,
        note: str = "",
    ) -> None:
        self.name = ",".join(feed.name for feed in feeds)
        self.store = store
        self.feeds = list(feeds)
        self.today = today
        self.note = note

    def newest_day(self) -> date | None:
        """Return None: a live source follows the week."""
        return None

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return the stored rows after a pull of what was due; a second run on the same day sends nothing.

        Missing data: a request that fails is a row of OUTCOMES; older stored rows stay in use and the
        reason says so.

        Raises
        ------
        NetworkError
            Nothing is stored and the host cannot be reached, or stopped answering.
        RateLimitedError
            Nothing is stored and the host refused further requests.
        DataError
            Nothing is stored and the host answered with nothing that can be read; or the store cannot be
            written.
        """
        done = pull(
            self.store,
            self.feeds,
            request.companies,
            today=self.today,
            progress=request.progress,
            notice=request.notice,
        )
        reader = StoreSource(
            self.store,
            today=self.today,
            sources=[feed.name for feed in self.feeds],
            note=" ".join(filter(None, [self.note, _refresh_note(done)])),
        )
        try:
            data = reader.fetch(request)
        except NotFoundError:
            raise _nothing_came(done, self.feeds) from None
        cost = PullCost(done.requests, done.retries, done.seconds, tuple(sorted(done.broken.items())))
        return replace(data, cost=cost)


def _hosts(names: Iterable[str]) -> str:
    return ", ".join(LABELS.get(name, name) for name in names)


def _serving(frames: Iterable[pl.DataFrame]) -> list[str]:
    """The live sources that have rows in `frames`, in the order of `LABELS`: the others are not named."""
    found = {str(name).split(":")[0] for frame in frames for name in frame.get_column("source").unique()}
    return [name for name in LABELS if name in found] + sorted(found - set(LABELS))


def _splits(stored: pl.DataFrame) -> pl.DataFrame:
    rows = stored.filter(pl.col("split_ratio").is_not_null()).select(
        "ticker",
        pl.col("date").alias("ex_date"),
        pl.col("split_ratio").alias("ratio"),
        pl.lit(None, dtype=pl.Date).alias("first_new_basis_filing"),
        "source",
    )
    return SPLITS.conform(rows)


def _seen_later(log: pl.DataFrame, as_of: date) -> str:
    """Say when the newest estimates were read after the date of the screen: it must not use them."""
    asked = log.filter((pl.col("dataset") == "estimates") & pl.col("status").is_in(["ok", "partial"]))
    served = asked.filter(pl.col("pulled_at") <= as_of + timedelta(days=SERVING_DAYS))
    newest = served.get_column("pulled_at").max()
    if not isinstance(newest, date) or newest <= as_of:
        return ""
    return (
        f"Estimates and profiles read on {newest}, after the date of the screen, are left out of it; "
        f"--as-of {newest} uses them."
    )


def _refresh_note(done: PullResult) -> str:
    """Say which hosts stopped answering, or gave nothing; what is stored of them stays in use."""
    kinds = dict(done.broken)
    for (name,), rows in done.outcomes.partition_by("source", as_dict=True).items():
        if rows.get_column("status").is_in(FAILED).all():
            kinds.setdefault(str(name), str(rows.get_column("status").mode().sort()[0]))
    words = [
        f"{LABELS.get(name, name)} stopped answering ({kind}): stored rows are used where there are any."
        for name, kind in sorted(kinds.items())
    ]
    return " ".join(words)


def _nothing_came(done: PullResult, feeds: Sequence[Feed]) -> ScreenError:
    host = LABELS.get(feeds[0].name, feeds[0].name)
    failed = done.outcomes.filter(pl.col("dataset").is_in(["prices", "quotes"]) & (pl.col("status") != "ok"))
    reasons = failed.select(
        pl.format(
            "{}: {}",
            pl.col("status").str.replace_all("_", " "),
            pl.col("reason").fill_null("no reason given"),
        )
    )
    said = "; ".join(reasons.to_series().unique().sort().head(3)) or "no request was made"
    broken = done.broken.get(feeds[0].name, "")
    if broken == "rate_limited":
        return RateLimitedError(
            f"{host} refused every request ({said}).", fix="Wait some minutes, then run again. " + OFFLINE_FIX
        )
    if broken:
        return NetworkError(f"{host} cannot be reached, or stopped answering ({said}).", fix=OFFLINE_FIX)
    return DataError(f"{host} delivered no price at all ({said}).", fix="Check the symbols. " + OFFLINE_FIX)
