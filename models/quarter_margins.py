"""Gross margin, revenue growth and margin change of every supplier, calendar quarter by calendar quarter."""

from __future__ import annotations

from datetime import date

import polars as pl

from models.margin_evidence import COMPARABLE_METRIC, period_kind

__all__ = ["calendar_quarter", "quarter_margins"]

# Half a quarter: a fiscal quarter belongs to the calendar quarter that holds its middle.
HALF_QUARTER = "-45d"
_QUARTER = ["ticker", "quarter"]
_SCHEMA = {
    "ticker": pl.String, "quarter": pl.Date, "period_end": pl.Date, "known_at": pl.Date, "margin": pl.Float64,
    "growth": pl.Float64, "change": pl.Float64, "source": pl.String,
}  # fmt: skip


def calendar_quarter(period_end: pl.Expr) -> pl.Expr:
    """Return the last day of the calendar quarter that holds the middle of the quarter ended `period_end`."""
    return period_end.dt.offset_by(HALF_QUARTER).dt.truncate("1q").dt.offset_by("1q").dt.offset_by("-1d")


def quarter_margins(quarters: pl.DataFrame, margins: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return one row a company and calendar quarter with what was known on `as_of`.

    ``margin = gross profit / revenue``, ``growth`` and ``change`` against the same company four quarters
    before. Companies that file no gross profit have their published quarterly gross margins; the two are
    never mixed within a company.

    Parameters
    ----------
    quarters, margins
        `QUARTERS` and `MARGINS`.

    Returns
    -------
    DataFrame
        ticker, quarter (last day of the calendar quarter), period_end, known_at, margin, growth, change
        (fractions), source.

    Missing data: null where gross profit, revenue, or the quarter a year before is missing, revenue is not
    positive, or the currency changed. Published half years and years are not quarters and are left out.

    References: methods, section 4.
    """
    filed = _filed(quarters.filter(pl.col("known_at") <= as_of))
    with_margin = filed.filter(pl.col("margin").is_not_null()).get_column("ticker").unique()
    published = _published(margins, as_of).filter(~pl.col("ticker").is_in(with_margin.to_list()))
    rows = filed.join(published, on=_QUARTER, how="full", coalesce=True, suffix="_published")
    rows = rows.with_columns(
        pl.coalesce(name, f"{name}_published") for name in ("margin", "period_end", "known_at", "source")
    )
    before = rows.select(
        "ticker",
        pl.col("quarter").dt.offset_by("1d").dt.offset_by("1y").dt.offset_by("-1d"),
        earlier="margin",
        earlier_revenue="revenue",
        earlier_currency="currency",
    )
    same_currency = pl.col("currency").eq_missing(pl.col("earlier_currency"))
    joined = rows.join(before, on=_QUARTER, how="left").with_columns(
        growth=pl.when(same_currency & (pl.col("earlier_revenue") > 0) & (pl.col("revenue") > 0)).then(
            pl.col("revenue") / pl.col("earlier_revenue") - 1
        ),
        change=pl.when(same_currency).then(pl.col("margin") - pl.col("earlier")),
    )
    return joined.select(list(_SCHEMA)).cast(_SCHEMA).sort(_QUARTER)  # type: ignore[arg-type]


def _filed(quarters: pl.DataFrame) -> pl.DataFrame:
    """Newest fiscal quarter of each calendar quarter, with its margin."""
    margin = pl.col("gross_profit") / pl.col("revenue")
    return (
        quarters.with_columns(
            quarter=calendar_quarter(pl.col("period_end")),
            margin=pl.when((pl.col("revenue") > 0) & margin.is_finite()).then(margin),
        )
        .sort("ticker", "period_end")
        .unique(_QUARTER, keep="last", maintain_order=True)
        .select(*_QUARTER, "period_end", "known_at", "margin", "revenue", "currency", "source")
    )


def _published(margins: pl.DataFrame, as_of: date) -> pl.DataFrame:
    known = margins.filter(
        (pl.col("known_at").is_null() | (pl.col("known_at") <= as_of))
        & (pl.col("metric") == COMPARABLE_METRIC)
        & pl.col("period_end").is_not_null()
        & pl.col("value").is_finite()
    )
    is_quarter = [period_kind(period) == "quarter" for period in known.get_column("period").to_list()]
    return (
        known.filter(pl.Series(is_quarter, dtype=pl.Boolean))
        .with_columns(quarter=calendar_quarter(pl.col("period_end")))
        .sort("ticker", "period_end", "known_at", nulls_last=False)
        .unique(_QUARTER, keep="last", maintain_order=True)
        .select(*_QUARTER, "period_end", "known_at", margin="value", source="source")
    )
