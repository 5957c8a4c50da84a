"""Whom the sample is about: the listed companies of the theme and the figures published about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from exposures.theme import ExposureMap
from screen.market.minor_units import major
from screen.market.sample.anchors import Anchor
from screen.market.sample.flaws import EXTRA
from screen.market.sample.timeline import SAMPLE_END, nearest_quarter

__all__ = ["THEME", "SampleCompany", "companies_of_theme"]

THEME = "multicloud-gpu"

UNITS = {"ratio": 1.0, "bn": 1e9, "tn": 1e12, "mn": 1e6}
ITEMS = {
    "revenue": "revenue",
    "gross_margin": "gross_margin",
    "operating_margin": "operating_margin",
    "operating_income": "operating_income",
    "net_income": "net_income",
    "ocf": "operating_cash_flow",
    "capex": "capex",
    "total_debt": "total_debt",
}
"""Metric of a figure -> what the sample bends. Guidance, segment figures and estimates are not listed."""


@dataclass(frozen=True)
class SampleCompany:
    """One simulated company.

    Parameters
    ----------
    quote_unit
        Currency of the quotes as an exchange writes it (``GBp`` for pence); elsewhere the ISO currency.
    tier
        Pricing-power tier of the primary segment; None for payers and users.
    forward_pe
        Published forward multiple with its day, if any.
    """

    ticker: str
    name: str
    quote_unit: str
    listing_currency: str
    reporting_currency: str
    segment: str
    role: str
    tier: str | None
    anchors: tuple[Anchor, ...] = ()
    forward_pe: tuple[date, float] | None = None


def companies_of_theme(theme: ExposureMap) -> list[SampleCompany]:
    """Return every listed company of `theme` in ticker order, then the made-up pence line.

    Segment, role and tier are those of the primary membership. Figures count when they are about the whole
    company, not superseded, and about one of the twenty reported quarters (or a year or balance of them).
    """
    primary = theme.memberships.filter(pl.col("is_primary")).select("ticker", "segment", "role", "tier")
    rows = theme.companies.join(primary, on="ticker", how="left", validate="1:1").sort("ticker")
    figures = theme.figures.filter(pl.col("superseded_by").is_null() & pl.col("value").is_not_null())
    result = []
    for row in rows.iter_rows(named=True):
        own = _own_figures(figures, row["ticker"], row["name"])
        margins = theme.margins.filter(
            (pl.col("ticker") == row["ticker"])
            & (pl.col("metric") == "gross_margin")
            & pl.col("period").str.contains("Q")
            & pl.col("period_end").is_not_null()
        )
        result.append(
            SampleCompany(
                ticker=row["ticker"],
                name=row["name"],
                quote_unit=row["listing_currency"],
                listing_currency=row["listing_currency"],
                reporting_currency=row["reporting_currency"],
                segment=row["segment"] or "",
                role=row["role"] or "supplier",
                tier=row["tier"],
                anchors=tuple(_anchors(own) + _margin_anchors(margins)),
                forward_pe=_forward_pe(own),
            )
        )
    return [*result, _pence_line()]


def _own_figures(figures: pl.DataFrame, ticker: str, name: str) -> list[dict[str, Any]]:
    about = figures.filter(pl.col("node") == ticker).sort("figure_id")
    return [r for r in about.iter_rows(named=True) if r["subject"] == ticker or name.startswith(r["subject"])]


def _anchors(figures: list[dict[str, Any]]) -> list[Anchor]:
    found = []
    for row in figures:
        item, unit, end = ITEMS.get(row["metric"]), UNITS.get(row["unit"]), row["period_end"]
        months = row["period_months"]
        if item is None or unit is None or end is None or months not in (0, 3, 12) or row["known_at"] is None:
            continue
        quarter = nearest_quarter(end)
        if quarter is None or end > SAMPLE_END:
            continue
        found.append(
            Anchor(
                row["figure_id"],
                item,
                quarter,
                4 if months == 12 else 1,
                row["value"] * unit,
                None if row["unit"] == "ratio" else row["currency"],
                row["known_at"],
            )
        )
    return found


def _margin_anchors(margins: pl.DataFrame) -> list[Anchor]:
    found = []
    for row in margins.sort("period_end", "value").iter_rows(named=True):
        quarter = nearest_quarter(row["period_end"])
        if quarter is not None:
            key = f"margins:{row['period']}"
            known_at = row["known_at"] or row["period_end"]
            found.append(Anchor(key, "gross_margin", quarter, 1, row["value"], None, known_at))
    return found


def _forward_pe(figures: list[dict[str, Any]]) -> tuple[date, float] | None:
    dated = [
        (r["known_at"], r["value"])
        for r in figures
        if r["metric"] == "forward_pe" and r["known_at"] is not None and r["known_at"] <= SAMPLE_END
    ]
    return max(dated) if dated else None


def _pence_line() -> SampleCompany:
    iso, _ = major(EXTRA.quote_unit)
    return SampleCompany(
        ticker=EXTRA.ticker,
        name=EXTRA.name,
        quote_unit=EXTRA.quote_unit,
        listing_currency=iso or EXTRA.currency,
        reporting_currency=EXTRA.currency,
        segment=EXTRA.segment,
        role="supplier",
        tier="contested",
    )
