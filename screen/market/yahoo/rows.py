"""Turn Yahoo's answers into rows of the market tables: currency of every value kept, no vendor ratio used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from screen.market.minor_units import major
from screen.market.yahoo.payloads import (
    ChartResult,
    Point,
    SeriesAnswer,
    SummaryResult,
    TrendEntry,
)

__all__ = [
    "SERIES",
    "Row",
    "estimate_rows",
    "price_rows",
    "profile_row",
    "rate_rows",
    "split_rows",
    "statement_rows",
]

Row = dict[str, object]
SOURCE = "yahoo"

QUARTER_LAG_DAYS, YEAR_LAG_DAYS = 45, 90
"""Yahoo gives no filing date: a quarter is taken as known 45 days after its end, a fiscal year's last quarter
after 90 (filing deadlines; methods note 2.3), and never later than the day it was fetched."""

SERIES: Mapping[str, tuple[str, int, float]] = {
    "TotalRevenue": ("revenue", 0, 1.0),
    "OperatingRevenue": ("revenue", 1, 1.0),
    "CostOfRevenue": ("cost_of_revenue", 0, 1.0),
    "GrossProfit": ("gross_profit", 0, 1.0),
    "OperatingIncome": ("operating_income", 0, 1.0),
    "TotalOperatingIncomeAsReported": ("operating_income", 1, 1.0),
    "NetIncome": ("net_income", 0, 1.0),
    "NetIncomeCommonStockholders": ("net_income", 1, 1.0),
    "DilutedEPS": ("eps_diluted", 0, 1.0),
    "DilutedAverageShares": ("shares_diluted", 0, 1.0),
    "OperatingCashFlow": ("operating_cash_flow", 0, 1.0),
    "CapitalExpenditure": ("capex", 0, -1.0),
    "PurchaseOfPPE": ("capex", 1, -1.0),
    "DepreciationAndAmortization": ("depreciation_amortization", 0, 1.0),
    "DepreciationAmortizationDepletion": ("depreciation_amortization", 1, 1.0),
    "ReconciledDepreciation": ("depreciation_amortization", 2, 1.0),
    "CashAndCashEquivalents": ("cash", 0, 1.0),
    "CashCashEquivalentsAndShortTermInvestments": ("cash", 1, 1.0),
    "TotalDebt": ("total_debt", 0, 1.0),
    "StockholdersEquity": ("equity", 0, 1.0),
    "AccountsReceivable": ("receivables", 0, 1.0),
    "Receivables": ("receivables", 1, 1.0),
    "AccountsPayable": ("payables", 0, 1.0),
    "Inventory": ("inventory", 0, 1.0),
    "OrdinarySharesNumber": ("shares_outstanding", 0, 1.0),
}
"""Yahoo's name -> (item, preference, sign). Yahoo writes capital spending as a negative cash flow."""
BALANCES = ("cash", "total_debt", "equity", "receivables", "payables", "inventory", "shares_outstanding")
SHARE_COUNTS = ("shares_diluted", "shares_outstanding")
PERIODS = ("0q", "+1q", "0y", "+1y")


def price_rows(ticker: str, chart: ChartResult) -> list[Row]:
    """Return daily closes in the ISO currency, without null bars and without today's unfinished one.

    Missing data: a bar without a close is dropped; without a currency there is no row at all.
    """
    currency, factor = major(chart.meta.currency)
    if currency is None or not chart.indicators.quote:
        return []
    quote = chart.indicators.quote[0]
    adjusted = chart.indicators.adjclose[0].adjclose if chart.indicators.adjclose else []
    rows: dict[date, Row] = {}
    for k, stamp in enumerate(chart.timestamp):
        close = _at(quote.close, k)
        if close is None or _is_unfinished(chart, stamp):
            continue
        day = _local_day(chart, stamp)
        after = _at(adjusted, k)
        rows[day] = {
            "ticker": ticker,
            "date": day,
            "close": close * factor,
            "adj_close": None if after is None else after * factor,
            "volume": _at(quote.volume, k),
            "currency": currency,
            "known_at": day,
            "source": SOURCE,
        }
    return list(rows.values())


def split_rows(ticker: str, chart: ChartResult) -> list[Row]:
    """Return the splits of the chart; their closes are already on the new basis."""
    return [
        {
            "ticker": ticker,
            "ex_date": _local_day(chart, split.date),
            "ratio": split.numerator / split.denominator,
            "source": SOURCE,
        }
        for split in chart.events.splits.values()
        if split.denominator and split.numerator
    ]


def rate_rows(currency: str, chart: ChartResult) -> list[Row]:
    """Return units of `currency` for one US dollar from the chart of ``{currency}=X``."""
    return [
        {
            "base": "USD",
            "quote": currency,
            "date": row["date"],
            "rate": row["close"],
            "known_at": row["date"],
            "source": SOURCE,
        }
        for row in price_rows(currency, chart)
    ]


def estimate_rows(ticker: str, summary: SummaryResult, *, fetched: date) -> list[Row]:
    """Return the estimates of today and the mean EPS of 7, 30, 60 and 90 days ago, each in its own currency.

    Missing data: 0 analysts is no coverage (mean null, analysts 0) even when Yahoo writes a mean of 0.
    """
    rows: list[Row] = []
    for entry in summary.trend.trend:
        if entry.period not in PERIODS:
            continue
        for metric, estimate, tag in (
            ("eps", entry.eps, entry.eps.eps_currency),
            ("revenue", entry.revenue, entry.revenue.revenue_currency),
        ):
            if estimate.avg is None and estimate.analysts is None:
                continue
            currency, factor = major(tag)
            is_covered = estimate.analysts != 0
            rows.append(
                {
                    "ticker": ticker,
                    "known_at": fetched,
                    "period": entry.period,
                    "period_end": entry.end,
                    "metric": metric,
                    "mean": _times(estimate.avg, factor) if is_covered else None,
                    "low": _times(estimate.low, factor) if is_covered else None,
                    "high": _times(estimate.high, factor) if is_covered else None,
                    "analysts": None if estimate.analysts is None else int(estimate.analysts),
                    "currency": currency,
                    "source": SOURCE,
                }
            )
        if entry.eps.analysts != 0:
            rows += _trend_rows(ticker, entry, fetched=fetched)
    return rows


def _trend_rows(ticker: str, entry: TrendEntry, *, fetched: date) -> list[Row]:
    trend = entry.eps_trend
    currency, factor = major(trend.currency or entry.eps.eps_currency)
    ages = ((7, trend.days_7), (30, trend.days_30), (60, trend.days_60), (90, trend.days_90))
    return [
        {
            "ticker": ticker,
            "known_at": fetched - timedelta(days=age),
            "period": entry.period,
            "period_end": entry.end,
            "metric": "eps",
            "mean": mean * factor,
            "currency": currency,
            "source": SOURCE,
        }
        for age, mean in ages
        if mean is not None
    ]


def profile_row(ticker: str, summary: SummaryResult, *, fetched: date) -> Row:
    """Return name, currencies and shares: the implied count, else market value / price, else the class's own.

    The count of one share class alone misses the others (half of Alphabet), so it comes last.
    """
    price, statistics = summary.price, summary.statistics
    currency, factor = major(price.currency)
    shares = statistics.implied_shares
    if shares is None and price.market_cap and price.price:
        shares = price.market_cap / (price.price * factor)
    return {
        "ticker": ticker,
        "known_at": fetched,
        "name": price.long_name or price.short_name,
        "currency": currency,
        "financial_currency": major(summary.financial.currency)[0],
        "exchange": price.exchange,
        "sector": summary.asset.sector,
        "industry": summary.asset.industry,
        "shares_outstanding": shares or statistics.shares,
        "source": SOURCE,
    }


def statement_rows(
    ticker: str, answer: SeriesAnswer, *, fetched: date, fiscal_year_end: float | None
) -> tuple[list[Row], int]:
    """Return the quarterly rows and the number of points that could not be read.

    Each point is read by itself, so a null one costs one value; its own currency tag is kept (Yahoo tags
    EPS of an ADR in the quote currency). Values are the latest vintage.
    """
    year_end = _month(fiscal_year_end)
    rows: list[Row] = []
    lost = 0
    for series in answer.timeseries.result or []:
        for name in SERIES.keys() & {key.removeprefix("quarterly") for key in series}:
            for raw in series[f"quarterly{name}"] or []:
                try:
                    point = Point.model_validate(raw)
                except ValidationError:
                    lost += 1
                    continue
                row = _statement_row(ticker, name, point, fetched=fetched, year_end=year_end)
                if row is not None:
                    rows.append(row)
    return rows, lost


def _statement_row(
    ticker: str, name: str, point: Point, *, fetched: date, year_end: int | None
) -> Row | None:
    item, rank, sign = SERIES[name]
    is_balance = item in BALANCES
    if not is_balance and point.length != "3M":
        return None
    currency, factor = major(point.currency)
    is_count = item in SHARE_COUNTS
    lag = YEAR_LAG_DAYS if point.end.month == year_end else QUARTER_LAG_DAYS
    return {
        "ticker": ticker,
        "item": item,
        "period_type": "INSTANT" if is_balance else "Q",
        "period_end": point.end,
        "value": sign * point.value.raw * (1.0 if is_count else factor),
        "currency": None if is_count else currency,
        "known_at": min(fetched, point.end + timedelta(days=lag)),
        "known_at_basis": "assumed_lag",
        "is_latest_vintage": True,
        "tag_rank": rank,
        "source": SOURCE,
    }


def _local_day(chart: ChartResult, stamp: int) -> date:
    """The exchange's own calendar day of a time stamp; daylight saving by the zone, not today's offset."""
    moment = datetime.fromtimestamp(stamp, tz=UTC)
    try:
        return moment.astimezone(ZoneInfo(chart.meta.exchange_timezone or "")).date()
    except (ZoneInfoNotFoundError, ValueError):
        return (moment + timedelta(seconds=chart.meta.gmtoffset or 0)).date()


def _is_unfinished(chart: ChartResult, stamp: int) -> bool:
    regular, now = chart.meta.sessions.regular, chart.meta.market_time
    if regular.start is None or regular.end is None or now is None:
        return False
    return stamp >= regular.start and now < regular.end


def _month(epoch: float | None) -> int | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, tz=UTC).month


def _at(values: list[float | None], k: int) -> float | None:
    return values[k] if k < len(values) else None


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
