"""Bring per-share figures of the statements to the listed share, in a currency that is certain.

A depositary share stands for several ordinary shares (or a part of one), and Yahoo tags the EPS of such a
company in the currency of the quote, rightly or not. Net income, share counts and dated rates decide which.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from screen.panel.rates import with_usd_rate

__all__ = ["SHARE_RATIOS", "on_listed_share"]

SHARE_RATIOS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 20.0, 25.0, 50.0, 100.0)
"""Ordinary shares behind one listed share, as depositary programmes set them."""

COUNT_TOLERANCE = 0.10
"""Distance (log) of two share counts from a ratio of `SHARE_RATIOS`: dilution and buybacks between the two
dates stay below it, neighbouring ratios lie 22% or more apart."""

EPS_TOLERANCE = 0.15
"""Largest distance (log) of EPS from the figure that a reading implies: preferred dividends, minorities and a
company's own translation rate."""

LEAD = 3.0
"""The next best reading must lie this many times further away than the best: both fit by chance else."""

LEAST_DISTANCE = 0.02
"""A best reading counts as this far away at least: rates of one quarter move by as much."""

LEAST_EPS = 0.10
"""EPS is rounded to cents: below ten of them the rounding alone is 5%, so the figure decides nothing."""

_OTHER_SIGN = 9.0
_COUNTS = ("shares_diluted", "shares_outstanding")
_PERIOD = ["ticker", "origin", "period_type", "period_end"]
_GROUP = ["ticker", "origin", "tag"]


class _Sides(NamedTuple):
    """Statements of companies that list in another currency than they report in, and the others."""

    foreign: pl.DataFrame
    home: pl.DataFrame


def on_listed_share(
    statements: pl.DataFrame, listings: pl.DataFrame, told: pl.DataFrame, rates: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return STATEMENTS with EPS and share counts per listed share, and GAPS rows of what was left out.

    Only companies whose price is in another currency than their EPS or net income are judged, each source by
    itself; all others pass unchanged.

    1. Ordinary shares per listed share: statement shares / listed shares (the profile's implied count),
       where within 10% of a ratio of `SHARE_RATIOS`.
    2. EPS is read as net income / diluted shares, times 1 or that ratio, in the currency of its tag or of
       net income, at the rate of the period's end. The reading with the smallest median distance over the
       quarters counts when it lies within 15% and the next one three times as far.
    3. EPS takes the currency of that reading; EPS per ordinary share is multiplied by the ratio, share
       counts are divided by it.

    Parameters
    ----------
    statements
        STATEMENTS known by as_of, on its share basis.
    listings
        ticker, currency (of the price).
    told
        ticker, told: listed shares on the share basis of as_of.
    rates
        Dated rates (`screen.panel.rates.usd_rates`).

    Notes
    -----
    *Missing data*: EPS whose currency stays unclear is left out with a reason, and so are EPS and share
    counts when the two counts stand in no known ratio. Where one of the counts is unknown and the EPS is
    tagged in the currency of net income, one listed share is taken for one of the statements' shares.
    """
    sides = _sides(statements, listings)
    if sides.foreign.is_empty():
        return statements, _gaps(sides.foreign.with_columns(why=pl.lit(None, dtype=pl.String)))
    ratios = _ratios(sides.foreign, told)
    readings = _best_readings(_distances(sides.foreign, ratios, rates))
    judged = _judged(sides.foreign, ratios, readings)
    kept = judged.filter(pl.col("why").is_null()).select(statements.columns)
    return pl.concat([sides.home, kept]), _gaps(judged)


def _sides(statements: pl.DataFrame, listings: pl.DataFrame) -> _Sides:
    money = statements.filter(
        pl.col("item").is_in(["eps_diluted", "net_income"]) & pl.col("currency").is_not_null()
    )
    quoted = listings.select("ticker", pl.col("currency").alias("quoted")).drop_nulls()
    abroad = money.join(quoted, on="ticker").filter(pl.col("currency") != pl.col("quoted"))
    names = abroad.get_column("ticker").unique().implode()
    is_foreign = pl.col("ticker").is_in(names)
    origin = pl.col("source").str.replace(r"[:+].*", "").alias("origin")
    return _Sides(statements.filter(is_foreign).with_columns(origin), statements.filter(~is_foreign))


def _ratios(foreign: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """ticker, origin, ratio (null: unknown), is_unclear (both counts known, no ratio fits)."""
    counts = foreign.filter(pl.col("item").is_in(_COUNTS) & (pl.col("period_type") != "YTD"))
    newest = counts.sort("period_end", "known_at").group_by("ticker", "origin", "item").last()
    both = newest.join(told.drop_nulls(), on="ticker").with_columns(
        (pl.col("value") / pl.col("told")).alias("found")
    )
    tried = both.join(pl.DataFrame({"ratio": SHARE_RATIOS}), how="cross").with_columns(
        (pl.col("found") / pl.col("ratio")).log().abs().alias("distance")
    )
    best = tried.sort("distance").group_by("ticker", "origin", maintain_order=True).first()
    known = best.select(
        "ticker",
        "origin",
        pl.when(pl.col("distance") <= COUNT_TOLERANCE).then("ratio").alias("ratio"),
        (pl.col("distance") > COUNT_TOLERANCE).alias("is_unclear"),
    )
    names = foreign.select("ticker", "origin").unique()
    return names.join(known, on=["ticker", "origin"], how="left").with_columns(
        pl.col("is_unclear").fill_null(value=False)
    )


def _distances(foreign: pl.DataFrame, ratios: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Each EPS that can decide, with its distance (log) from every reading (unit, is_tag)."""
    eps = foreign.filter((pl.col("item") == "eps_diluted") & (pl.col("value").abs() >= LEAST_EPS))
    eps = eps.select(*_PERIOD, pl.col("value").alias("eps"), pl.col("currency").alias("tag"), "known_at")
    income = _vintage(foreign, "net_income").select(
        *_PERIOD, pl.col("value").alias("income"), pl.col("currency").alias("reported")
    )
    shares = _vintage(foreign, "shares_diluted").select(*_PERIOD, pl.col("value").alias("shares"))
    rows = eps.join(income, on=_PERIOD).join(shares, on=_PERIOD).filter(pl.col("shares") > 0)
    rows = with_usd_rate(rows, rates, currency="tag", date="period_end", name="usd_tag")
    rows = with_usd_rate(rows, rates, currency="reported", date="period_end", name="usd_reported")
    is_one = pl.col("tag") == pl.col("reported")
    rate = pl.when(is_one).then(1.0).otherwise(pl.col("usd_reported") / pl.col("usd_tag"))
    rows = rows.with_columns(rate.alias("rate")).filter(pl.col("rate").is_not_null())
    tried = rows.join(ratios, on=["ticker", "origin"]).join(_readings(), how="cross")
    wanted = pl.col("ratio").is_null() | (pl.col("unit") == 1.0) | (pl.col("unit") == pl.col("ratio"))
    tried = tried.filter(wanted & (pl.col("is_tag") | ~is_one))
    implied = pl.col("income") / pl.col("shares") * pl.col("unit")
    quotient = pl.col("eps") / (implied * pl.when("is_tag").then("rate").otherwise(1.0))
    distance = pl.when(quotient > 0).then(quotient.log().abs()).otherwise(_OTHER_SIGN)
    return tried.with_columns(distance.alias("distance"))


def _readings() -> pl.DataFrame:
    return pl.DataFrame({"unit": SHARE_RATIOS}).join(pl.DataFrame({"is_tag": [True, False]}), how="cross")


def _vintage(foreign: pl.DataFrame, item: str) -> pl.DataFrame:
    """The newest row of each period and tag of `item`."""
    rows = foreign.filter((pl.col("item") == item) & (pl.col("period_type") != "INSTANT")).sort("known_at")
    return rows.unique([*_PERIOD, "tag_rank"], keep="last", maintain_order=True)


def _best_readings(distances: pl.DataFrame) -> pl.DataFrame:
    """The reading of each group of EPS rows that is certain: unit and the currency read."""
    nearest = distances.group_by(*_PERIOD, "tag", "known_at", "unit", "is_tag").agg(
        pl.col("distance").min(), pl.col("reported").first()
    )
    medians = nearest.group_by(*_GROUP, "unit", "is_tag").agg(
        pl.col("distance").median(), pl.col("reported").first()
    )
    ranked = medians.sort(*_GROUP, "distance", "unit", "is_tag").group_by(_GROUP, maintain_order=True)
    best = ranked.agg(
        pl.col("unit", "is_tag", "reported").first(),
        pl.col("distance").first().alias("first"),
        pl.col("distance").get(1, null_on_oob=True).fill_null(_OTHER_SIGN).alias("second"),
    )
    lead = LEAD * pl.max_horizontal("first", pl.lit(LEAST_DISTANCE))
    certain = best.filter((pl.col("first") <= EPS_TOLERANCE) & (pl.col("second") >= lead))
    return certain.select(*_GROUP, "unit", pl.when("is_tag").then("tag").otherwise("reported").alias("read"))


def _judged(foreign: pl.DataFrame, ratios: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """All rows with value and currency per listed share, and `why` those that must be left out are."""
    reported = (
        foreign.filter(pl.col("item").is_in(["net_income", "revenue"]) & pl.col("currency").is_not_null())
        .sort("item", "period_end", descending=[False, True])
        .group_by("ticker", "origin", maintain_order=True)
        .agg(pl.col("currency").first().alias("reported"))
    )
    inferred = readings.group_by("ticker", "origin").agg(pl.col("unit").max())
    rows = (
        foreign.with_columns(pl.col("currency").alias("tag"))
        .join(ratios, on=["ticker", "origin"], how="left", maintain_order="left")
        .join(reported, on=["ticker", "origin"], how="left", maintain_order="left")
        .join(
            inferred.rename({"unit": "told_by_eps"}),
            on=["ticker", "origin"],
            how="left",
            maintain_order="left",
        )
        .join(readings, on=_GROUP, how="left", maintain_order="left")
    )
    is_eps, is_count = pl.col("item").str.starts_with("eps_"), pl.col("item").is_in(_COUNTS)
    is_tested = (pl.col("tag") != pl.coalesce("reported", "tag")) | (
        pl.col("ratio").is_not_null() & (pl.col("ratio") != 1.0)
    )
    why = (
        pl.when(pl.col("is_unclear") & (is_eps | is_count))
        .then(pl.lit("shares behind one listed share"))
        .when(is_eps & pl.col("read").is_null() & is_tested.fill_null(value=True))
        .then(pl.lit("EPS currency"))
    )
    behind = pl.coalesce("ratio", "told_by_eps", pl.lit(1.0))
    per_listed = pl.when((pl.col("unit") == 1.0).fill_null(value=True)).then(behind).otherwise(1.0)
    return rows.with_columns(
        why.alias("why"),
        pl.when(is_eps)
        .then(pl.col("value") * pl.when(pl.col("ratio").is_null()).then(1.0).otherwise(per_listed))
        .when(is_count)
        .then(pl.col("value") / behind)
        .otherwise("value")
        .alias("value"),
        pl.when(is_eps).then(pl.coalesce("read", "currency")).otherwise("currency").alias("currency"),
    )


def _gaps(judged: pl.DataFrame) -> pl.DataFrame:
    out = judged.filter(pl.col("why").is_not_null())
    return (
        out.group_by("ticker", "why")
        .agg(pl.len().alias("n"))
        .sort("ticker", "why")
        .select(
            "ticker",
            pl.lit("statements").alias("dataset"),
            pl.format("partial: {} of {} values unclear", "why", "n").alias("reason"),
            pl.lit(None, dtype=pl.Int64).alias("age_days"),
            pl.lit("left out; EPS and share counts must be per listed share").alias("action"),
        )
    )
