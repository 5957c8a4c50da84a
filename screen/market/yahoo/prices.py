"""Daily closes, splits and dividends of a Yahoo chart, built column by column."""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from screen.market.minor_units import major
from screen.market.tables import SPLITS, STORED_PRICES
from screen.market.yahoo.payloads import ChartResult

__all__ = ["SOURCE", "finished_bars", "splits", "stored_prices"]

SOURCE = "yahoo"

_BARS = {"stamp": pl.Int64, "close": pl.Float64, "adj_close": pl.Float64, "volume": pl.Float64}


def stored_prices(ticker: str, chart: ChartResult) -> pl.DataFrame:
    """Return the closes of `chart` in the ISO currency, with the splits they are adjusted for.

    Parameters
    ----------
    ticker
        Symbol to write in the rows.
    chart
        One symbol's chart, asked for with dividends and splits.

    Returns
    -------
    pl.DataFrame
        STORED_PRICES, one row a day, sorted. Pence and other minor units are normalised.

    Notes
    -----
    *Missing data*: a bar without a close and today's unfinished one are left out; without a currency there
    is no row. A split on a day without a bar stands on the next bar; when there is none yet (the split is
    today's), it is a row of its own with a null close, because the closes before it are adjusted already.
    A dividend without a bar on or after its day is left out.
    """
    currency, factor = major(chart.meta.currency)
    if currency is None:
        return STORED_PRICES.empty()
    bars = finished_bars(chart)
    days: list[date] = bars.get_column("date").to_list() if _has_events(chart) else []
    ratios = _on_bars(_split_ratios(chart), days, operator.mul)
    dividends = _on_bars(_dividends(chart, factor), days, operator.add)
    pending = [day for day in sorted(ratios) if not days or day > days[-1]]
    if pending:
        bars = pl.concat([bars, pl.DataFrame({"date": pending})], how="diagonal")
        days = days + pending
    return bars.select(
        pl.lit(ticker).alias("ticker"),
        "date",
        pl.col("close") * factor,
        pl.col("adj_close") * factor,
        "volume",
        pl.lit(currency).alias("currency"),
        pl.col("date").alias("known_at"),
        pl.lit(SOURCE).alias("source"),
        _column("split_ratio", ratios, days),
        _column("dividend", dividends, days),
    )


def splits(ticker: str, chart: ChartResult) -> pl.DataFrame:
    """Return SPLITS of `chart`; its closes are already on the new basis. No split gives no row."""
    return SPLITS.frame(
        [
            {"ticker": ticker, "ex_date": day, "ratio": ratio, "source": SOURCE}
            for day, ratio in sorted(_split_ratios(chart).items())
        ]
    )


def finished_bars(chart: ChartResult) -> pl.DataFrame:
    """Return date, close, adj_close, volume as quoted: one row a day of the exchange, the last one of a day.

    Missing data: bars without a time or a close are left out, and so is the bar of a session that has not
    ended when the chart was read.
    """
    quote = next((part for part in chart.indicators.quote if part), None)
    if quote is None:
        return pl.DataFrame(schema={"date": pl.Date, **_BARS}).drop("stamp")
    adjusted = next((part.adjclose for part in chart.indicators.adjclose if part), [])
    size = len(chart.timestamp)
    columns = {
        "stamp": chart.timestamp,
        "close": _sized(quote.close, size),
        "adj_close": _sized(adjusted, size),
        "volume": _sized(quote.volume, size),
    }
    usable = pl.col("stamp").is_not_null() & pl.col("close").is_not_null() & ~_is_unfinished(chart)
    bars = (
        pl.LazyFrame(columns, schema=_BARS)
        .filter(usable)
        .select(_local_day(chart).alias("date"), "close", "adj_close", "volume")
        .collect()
    )
    days = bars.get_column("date")
    if days.is_sorted() and days.n_unique() == days.len():  # as Yahoo nearly always sends them
        return bars
    return bars.unique("date", keep="last", maintain_order=True).sort("date")


def _has_events(chart: ChartResult) -> bool:
    return bool(chart.events.splits or chart.events.dividends)


def _split_ratios(chart: ChartResult) -> dict[date, float]:
    """Day -> new shares for one old; Yahoo repeats an event under two times, so the last of a day counts."""
    return _by_day(chart, ((s.date, s.numerator / s.denominator) for s in chart.events.splits.values()))


def _dividends(chart: ChartResult, factor: float) -> dict[date, float]:
    return _by_day(chart, ((d.date, d.amount * factor) for d in chart.events.dividends.values()))


def _by_day(chart: ChartResult, events: Iterable[tuple[int, float]]) -> dict[date, float]:
    zone = _known_zone(chart.meta.exchange_timezone or "")
    offset = timedelta(seconds=chart.meta.gmtoffset or 0)
    found: dict[date, float] = {}
    for stamp, amount in sorted(events):
        moment = datetime.fromtimestamp(stamp, tz=UTC)
        found[(moment.astimezone(zone) if zone else moment + offset).date()] = amount
    return found


def _on_bars(
    events: dict[date, float], days: list[date], joined: Callable[[float, float], float]
) -> dict[date, float]:
    """Move each event to the first bar on or after its day; one after the last bar keeps its day."""
    placed: dict[date, float] = {}
    for day, amount in events.items() if days else ():
        k = bisect_left(days, day)
        bar = days[k] if k < len(days) else day
        placed[bar] = joined(placed[bar], amount) if bar in placed else amount
    return placed


def _column(name: str, events: dict[date, float], days: list[date]) -> pl.Series | pl.Expr:
    if not events:
        return pl.lit(None, dtype=pl.Float64).alias(name)
    return pl.Series(name, [events.get(day) for day in days], dtype=pl.Float64)


def _local_day(chart: ChartResult) -> pl.Expr:
    """The exchange's own calendar day of `stamp`; daylight saving by the zone, not by today's offset."""
    zone = _known_zone(chart.meta.exchange_timezone or "")
    if zone is None:
        shifted = pl.col("stamp") + int(chart.meta.gmtoffset or 0)
        return pl.from_epoch(shifted, time_unit="s").dt.date()
    moment = pl.from_epoch("stamp", time_unit="s").dt.replace_time_zone("UTC")
    return moment.dt.convert_time_zone(zone.key).dt.date()


@cache
def _known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _is_unfinished(chart: ChartResult) -> pl.Expr:
    regular, now = chart.meta.sessions.regular, chart.meta.market_time
    if regular.start is None or regular.end is None or now is None or now >= regular.end:
        return pl.lit(value=False)
    return pl.col("stamp") >= regular.start


def _sized(values: list[float | None], size: int) -> list[float | None]:
    """`values` cut or filled with nulls to `size` entries."""
    return values[:size] + [None] * (size - len(values))
