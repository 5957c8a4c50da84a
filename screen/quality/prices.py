"""Rules on prices beside jumps: currency, placeholders, repeated and stale tails, mixed adjustment."""

from __future__ import annotations

import polars as pl

from reports.data import FINDINGS
from screen.market.tables import MINOR_UNITS
from screen.quality.findings import findings_of

__all__ = [
    "CURRENCY_BARS",
    "MIN_PEERS",
    "MIXED_BARS",
    "PLACEHOLDER_SHARE",
    "RATIO_EQUAL",
    "RATIO_FALL",
    "RATIO_RISE",
    "REPEAT_BARS",
    "STALE_BARS",
    "drop_placeholders",
    "exchange",
    "mend_currency",
    "mixed_adjustment",
    "stale_tails",
]

CURRENCY_BARS = 5
"""The currency of most of the newest week counts: a single odd bar does not turn a series over."""

MIN_PEERS = 3
"""Below three companies of an exchange the others cannot say whether it traded."""

PLACEHOLDER_SHARE = 0.5
"""Half of the peers with volume: the exchange was open. (The KRX source of the real pack has days on which
no company has a volume; those say nothing.)"""

REPEAT_BARS = 5
"""The same close for a week without volume: a tail that the source fills up. A traded share with ticks of
0.1% repeats its close five times once in millions of weeks."""

STALE_BARS = 3
"""Trading days of the exchange without a bar. Yahoo leaves out one bar at times (yfinance issues 2309, 2895);
more than three is a halt, a delisting or a dead feed."""

RATIO_RISE = 0.01
"""close / adj_close can only fall as dividends pass; 1% is above what dropped small dividends leave (0.35%
for Vertiv in the real pack)."""

RATIO_FALL = 0.15
"""A fall in one day is the dividend as a share of the price. The largest of the real pack is 10.7%, Johnson
Controls' spin-off of 2016."""

RATIO_EQUAL = 0.0005
"""close and adj_close are the same figure: rounding to four digits leaves less."""

MIXED_BARS = 20
"""A month of equal figures before a rise shows a stretch of adjusted closes, not one odd bar."""


def exchange() -> pl.Expr:
    """Return the exchange of ``ticker`` as its Yahoo suffix; ``US`` for symbols without one."""
    return pl.col("ticker").str.extract(r"\.([A-Z]+)$").fill_null("US")


def mend_currency(prices: pl.DataFrame, companies: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (prices, FINDINGS) with one currency a ticker, in major units.

    Minor units (pence) are turned into the ISO currency: repaired. Bars in another currency than most of
    the newest `CURRENCY_BARS` are left out: no rate of their day is certain. A series in another currency
    than the company's listing stays, flagged: its price knows its currency.

    Missing data: a ticker that `companies` lacks has no listing currency to compare with.
    """
    minor = prices.filter(pl.col("currency").is_in(list(MINOR_UNITS)))
    units = _by_ticker(minor, item="close", value=pl.lit(100.0))
    parts = [findings_of("minor_unit", units, threshold=1.0)]
    if not minor.is_empty():
        factor = pl.col("currency").replace_strict(
            {unit: f for unit, (_, f) in MINOR_UNITS.items()}, default=1.0, return_dtype=pl.Float64
        )
        names = {unit: iso for unit, (iso, _) in MINOR_UNITS.items()}
        prices = prices.with_columns(pl.col("close", "adj_close") * factor, pl.col("currency").replace(names))
    newest = (
        prices.group_by("ticker", maintain_order=True)
        .tail(CURRENCY_BARS)
        .group_by("ticker", "currency")
        .agg(pl.len().alias("bars"), pl.col("date").max())
        .sort(["ticker", "bars", "date", "currency"], descending=[False, True, True, False])
        .unique("ticker", keep="first", maintain_order=True)
        .select("ticker", usual="currency")
    )
    listed = newest.join(companies.select("ticker", "listing_currency"), on="ticker")
    foreign = prices.join(
        listed.filter(pl.col("usual") != pl.col("listing_currency")), on="ticker", how="semi"
    )
    is_mixed = pl.col("currency").n_unique() > 1
    mixed = prices.group_by("ticker").agg(is_mixed.alias("mixed")).filter("mixed").select("ticker")
    other = prices.join(newest.join(mixed, on="ticker"), on="ticker").filter(
        pl.col("currency") != pl.col("usual")
    )
    foreign = foreign.join(other.select("ticker", "date"), on=["ticker", "date"], how="anti")
    parts += [
        findings_of("other_currency", _by_ticker(other, item="close", value=pl.lit(None)), threshold=None),
        findings_of(
            "foreign_currency", _by_ticker(foreign, item="currency", value=pl.lit(None)), threshold=None
        ),
    ]
    if not other.is_empty():
        gone = other.select("ticker", "date")
        prices = prices.join(gone, on=["ticker", "date"], how="anti", maintain_order="left")
    return prices, pl.concat(parts)


def _by_ticker(rows: pl.DataFrame, *, item: str, value: pl.Expr) -> pl.DataFrame:
    """Return one row a ticker with its first day and the number of bars."""
    return rows.group_by("ticker", maintain_order=True).agg(
        pl.lit(item).alias("item"),
        pl.col("date").min(),
        value.cast(pl.Float64).alias("value"),
        pl.len().alias("rows"),
        pl.col("source").last(),
    )


def drop_placeholders(prices: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (prices, FINDINGS) without bars that only fill a day up.

    A bar with volume 0 and the close of the day before goes when at least half of its exchange's other
    companies (`MIN_PEERS` or more) had a volume that day; so do all but the first of `REPEAT_BARS` or more
    newest bars with the same close and no volume, or volume 0.

    Missing data: an unknown volume is not zero; it counts for the repeated tail alone.
    """
    is_same = pl.col("close") == pl.col("close").shift(1).over("ticker")
    is_idle = pl.col("volume").is_null() | (pl.col("volume") <= 0)
    has_traded = (pl.col("volume") > 0).fill_null(value=False)
    rows = prices.with_columns(
        is_same.fill_null(value=False).alias("__same"),
        exchange().alias("__exchange"),
        is_idle.alias("__idle"),
    )
    suspects = rows.filter(pl.col("__same") & (pl.col("volume") <= 0))
    days = rows.join(suspects.select("__exchange", "date").unique(), on=["__exchange", "date"], how="semi")
    peers = days.group_by("__exchange", "date").agg(pl.len().alias("n"), has_traded.sum().alias("traded"))
    is_open = (pl.col("n") - 1 >= MIN_PEERS) & (pl.col("traded") >= PLACEHOLDER_SHARE * (pl.col("n") - 1))
    filled = suspects.join(peers, on=["__exchange", "date"]).filter(is_open)

    repeats = (pl.col("__same") & pl.col("__idle")).cast(pl.Int8)
    repeats = repeats.cum_min(reverse=True).over("ticker") == 1
    tail = rows.filter(repeats).with_columns(pl.len().over("ticker").alias("__run"))
    tail = tail.filter(pl.col("__run") >= REPEAT_BARS - 1)
    gone = pl.concat([filled.select("ticker", "date"), tail.select("ticker", "date")]).unique()
    filled_up = _by_ticker(filled, item="close", value=pl.len())
    repeated = _by_ticker(tail, item="close", value=pl.len() + 1)
    found = pl.concat(
        [
            findings_of("placeholder", filled_up, threshold=0.0),
            findings_of("repeated", repeated, threshold=float(REPEAT_BARS)),
        ]
    )
    if not gone.is_empty():
        prices = prices.join(gone, on=["ticker", "date"], how="anti", maintain_order="left")
    return prices, found


def stale_tails(prices: pl.DataFrame) -> pl.DataFrame:
    """Return FINDINGS on tickers whose newest bar lies more than `STALE_BARS` days of trade behind.

    The exchange's newest day is the newest bar of most of its companies; its days of trade are those on
    which at least half of them have a bar. The price stays, with its date: a price older than ten days is
    left blank by the panel.

    Missing data: exchanges with fewer than `MIN_PEERS` + 1 companies are not judged.
    """
    last = (
        prices.group_by("ticker", maintain_order=True)
        .agg(pl.col("date").last(), pl.col("source").last())
        .with_columns(exchange().alias("exchange"))
    )
    usual = (
        last.group_by("exchange", "date")
        .agg(pl.len().alias("n"))
        .with_columns(pl.col("n").sum().over("exchange").alias("of"))
        .sort(["exchange", "n", "date"], descending=[False, True, True])
        .unique("exchange", keep="first", maintain_order=True)
        .filter(pl.col("of") > MIN_PEERS)
        .select("exchange", "of", newest="date")
    )
    behind = last.join(usual, on="exchange").filter(pl.col("date") < pl.col("newest"))
    if behind.is_empty():
        return FINDINGS.empty()
    recent = prices.filter(pl.col("date") > behind["date"].min()).with_columns(exchange().alias("exchange"))
    days = (
        recent.group_by("exchange", day="date")
        .agg(pl.len().alias("n"))
        .join(usual, on="exchange")
        .filter((pl.col("n") * 2 >= pl.col("of")) & (pl.col("day") <= pl.col("newest")))
    )
    missed = (
        behind.join(days.select("exchange", "day"), on="exchange")
        .filter(pl.col("day") > pl.col("date"))
        .group_by("ticker", "date", "source")
        .agg(pl.len().alias("value"))
        .filter(pl.col("value") > STALE_BARS)
        .sort("ticker")
    )
    return findings_of("stale", missed.with_columns(item=pl.lit("close")), threshold=float(STALE_BARS))


def mixed_adjustment(prices: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (prices, FINDINGS) without closes that are adjusted for dividends.

    .. math:: q_t = close_t / adj\\_close_t, \\quad q_t \\le q_{t-1}

    The ratio falls with each dividend and never rises. Where it rises by more than `RATIO_RISE` after
    `MIXED_BARS` bars on which both figures are equal, those closes are adjusted ones: left out. Any other
    rise, and a fall of more than `RATIO_FALL` in a day, is flagged.

    Missing data: bars without both figures say nothing.
    """
    both = prices.filter((pl.col("close") > 0) & (pl.col("adj_close") > 0)).select(
        "ticker", "date", "source", q=pl.col("close") / pl.col("adj_close")
    )
    is_equal = (pl.col("q") - 1).abs() <= RATIO_EQUAL
    rows = both.with_columns(
        (pl.col("q") / pl.col("q").shift(1).over("ticker")).alias("value"),
        is_equal.alias("equal"),
        is_equal.rle_id().over("ticker").alias("run"),
    ).with_columns(
        pl.col("run").shift(1).over("ticker").alias("run_before"),
        pl.col("equal").shift(1).over("ticker").fill_null(value=False).alias("was_equal"),
    )
    jumps = rows.filter((pl.col("value") > 1 + RATIO_RISE) | (pl.col("value") < 1 - RATIO_FALL)).with_columns(
        item=pl.lit("close")
    )
    runs = rows.filter("equal").group_by("ticker", "run").agg(pl.len().alias("rows"))
    ends = jumps.filter((pl.col("value") > 1) & pl.col("was_equal")).select(
        "ticker", "item", "source", "value", jump="date", run="run_before"
    )
    wrong = ends.join(runs, on=["ticker", "run"]).filter(pl.col("rows") >= MIXED_BARS).sort("ticker", "jump")
    gone = rows.filter("equal").join(wrong.select("ticker", "run"), on=["ticker", "run"], how="semi")
    doubtful = jumps.join(wrong.select("ticker", date="jump"), on=["ticker", "date"], how="anti")
    first = gone.group_by("ticker", "run").agg(pl.col("date").min())
    limit = pl.when(pl.col("value") > 1).then(1 + RATIO_RISE).otherwise(1 - RATIO_FALL)
    found = pl.concat(
        [
            findings_of("adjusted", wrong.join(first, on=["ticker", "run"]), threshold=1 + RATIO_RISE),
            findings_of("adjustment", doubtful, threshold=limit),
        ]
    )
    if gone.is_empty():
        return prices, found
    marked = prices.join(
        gone.select("ticker", "date", __gone=pl.lit(value=True)),
        on=["ticker", "date"],
        how="left",
        maintain_order="left",
    )
    close = pl.when(pl.col("__gone").is_null()).then(pl.col("close"))
    return marked.with_columns(close.alias("close")).drop("__gone"), found
