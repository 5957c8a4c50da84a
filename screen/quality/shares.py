"""Rules on share counts: the profile against the statements, market value against price times shares."""

from __future__ import annotations

from datetime import date

import polars as pl

from reports.data import FINDINGS
from screen.panel.shares import ratio_between
from screen.quality.findings import findings_of

__all__ = ["COUNT_DAYS", "SHARE_DOUBT", "SHARE_WRONG", "VALUE_DOUBT", "mend_shares"]

SHARE_DOUBT = 1.05
"""Counts of one company differ by options, buy-backs and issues: in the real pack by up to 4%, and by 13%
for Super Micro with its convertible bonds."""

SHARE_WRONG = 2.0
"""One share class of two (Alphabet's count misses by 2.08) or an unadjusted split: market value would be off
by the same factor."""

VALUE_DOUBT = 1.05
"""Price times shares against a stated market value, both of one day: 5% covers a day between the two."""

COUNT_DAYS = 200
"""Counts of two half-years are compared, not older ones."""

ADR_RATIOS = (2.0, 4.0, 5.0, 8.0, 10.0, 20.0)
ADR_TOLERANCE = 0.07
"""Ordinary shares for one depositary share; a company that reports abroad may list either."""


def mend_shares(
    profiles: pl.DataFrame,
    statements: pl.DataFrame,
    prices: pl.DataFrame,
    splits: pl.DataFrame,
    companies: pl.DataFrame,
    *,
    as_of: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (profiles, FINDINGS) without share counts that contradict statements or market value.

    A company whose newest count is left out loses its older ones too: they would stand in for it, mostly
    with the same fault.

    Only the newest profile of a company is judged, since it alone enters market value. Its count meets the
    newest count of the statements on the share basis of `as_of`: left out beyond `SHARE_WRONG`, flagged
    beyond `SHARE_DOUBT`. A company that reports in another currency than it lists, and whose ordinary
    shares are a whole multiple of the profile's, has depositary shares: flagged; any other multiple of such
    a company is flagged too, since it may be a programme of odd terms, and `screen.panel.listed_share` leaves
    its per-share figures out. Where the profile states
    a market value, price times shares must meet it within `VALUE_DOUBT`; beyond `SHARE_WRONG` it is left out.

    Parameters
    ----------
    profiles, statements, prices
        Rows known on the date; prices adjusted for every split in `splits`.
    companies
        COMPANIES.

    Missing data: a company without one of the figures, or with counts more than `COUNT_DAYS` apart, is
    not judged.
    """
    newest = (
        profiles.filter(pl.col("shares_outstanding") > 0)
        .sort("ticker", "known_at", "source")
        .unique("ticker", keep="last", maintain_order=True)
    )
    if newest.is_empty():
        return profiles, FINDINGS.empty()
    newest = newest.with_columns(date="known_at", item=pl.lit("shares_outstanding"))
    counted = _against_statements(newest, statements, splits, companies, as_of=as_of)
    valued = _against_value(newest, prices, splits)
    found = pl.concat([_count_findings(counted), _value_findings(valued)])
    wrong = pl.concat(
        [
            counted.filter(pl.col("case") == "shares_wrong").select("ticker"),
            valued.filter(_is_wrong()).select("ticker"),
        ]
    )
    count = pl.when(~pl.col("ticker").is_in(wrong["ticker"].implode())).then(pl.col("shares_outstanding"))
    return profiles.with_columns(count.alias("shares_outstanding")), found


def _is_wrong() -> pl.Expr:
    return (pl.col("value") >= SHARE_WRONG) | (pl.col("value") <= 1 / SHARE_WRONG)


def _against_statements(
    newest: pl.DataFrame,
    statements: pl.DataFrame,
    splits: pl.DataFrame,
    companies: pl.DataFrame,
    *,
    as_of: date,
) -> pl.DataFrame:
    counts = statements.filter(
        pl.col("item").is_in(["shares_outstanding", "shares_diluted"])
        & pl.col("period_type").is_in(["Q", "INSTANT"])
        & (pl.col("value") > 0)
    )
    told = newest.with_columns(
        pl.col("shares_outstanding") * ratio_between(newest, splits, as_of=as_of, rebased_by="ex_date")
    )
    filed = counts.sort("ticker", "period_end", "known_at", "item").unique(
        "ticker", keep="last", maintain_order=True
    )
    filed = filed.with_columns(
        pl.col("value") * ratio_between(filed, splits, as_of=as_of, rebased_by="filing")
    ).select("ticker", "period_end", filed="value")
    currencies = companies.select("ticker", "listing_currency", "reporting_currency")
    rows = told.join(filed, on="ticker").join(currencies, on="ticker", how="left")
    near = (pl.col("date") - pl.col("period_end")).dt.total_days().abs() <= COUNT_DAYS
    rows = rows.filter(near).with_columns(value=pl.col("shares_outstanding") / pl.col("filed"))
    inverse = 1 / pl.col("value")
    is_foreign = (pl.col("listing_currency") != pl.col("reporting_currency")).fill_null(value=False)
    is_whole = pl.any_horizontal((inverse / n - 1).abs() <= ADR_TOLERANCE for n in ADR_RATIOS)
    is_doubt = (pl.col("value") >= SHARE_DOUBT) | (pl.col("value") <= 1 / SHARE_DOUBT)
    case = (
        pl.when(is_foreign & is_whole)
        .then(pl.lit("shares_adr"))
        .when(_is_wrong() & ~is_foreign)
        .then(pl.lit("shares_wrong"))
        .when(is_doubt)
        .then(pl.lit("shares_doubt"))
    )
    return rows.with_columns(case=case).filter(pl.col("case").is_not_null())


def _count_findings(rows: pl.DataFrame) -> pl.DataFrame:
    limits = {"shares_adr": SHARE_DOUBT, "shares_wrong": SHARE_WRONG, "shares_doubt": SHARE_DOUBT}
    return pl.concat(
        findings_of(case, rows.filter(pl.col("case") == case), threshold=limit)
        for case, limit in limits.items()
    )


def _against_value(newest: pl.DataFrame, prices: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """Price of the profile's day, on the share basis of that day, times its shares over its market value."""
    stated = newest.filter(pl.col("market_cap") > 0)
    closes = prices.filter(pl.col("close") > 0).select("ticker", "close", "currency", day="date").sort("day")
    rows = (
        stated.sort("known_at")
        .join_asof(
            closes, left_on="known_at", right_on="day", by="ticker", tolerance="10d", check_sortedness=False,
            suffix="_price",
        )
        .filter(pl.col("close").is_not_null() & (pl.col("currency") == pl.col("currency_price")))
    )  # fmt: skip
    later = (
        rows.select("ticker", "known_at")
        .join(splits.filter(pl.col("ex_date").is_not_null()), on="ticker")
        .filter(pl.col("ex_date") > pl.col("known_at"))
        .group_by("ticker")
        .agg(pl.col("ratio").product())
    )
    rows = rows.join(later, on="ticker", how="left").sort("ticker")
    price = pl.col("close") * pl.col("ratio").fill_null(1.0)
    value = price * pl.col("shares_outstanding") / pl.col("market_cap")
    rows = rows.with_columns(value=value)
    return rows.filter((pl.col("value") >= VALUE_DOUBT) | (pl.col("value") <= 1 / VALUE_DOUBT))


def _value_findings(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        [
            findings_of("value_wrong", rows.filter(_is_wrong()), threshold=SHARE_WRONG),
            findings_of("value_doubt", rows.filter(~_is_wrong()), threshold=VALUE_DOUBT),
        ]
    )
