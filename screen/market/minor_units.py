"""Minor currency units (pence, cents) become the ISO currency on entry: 309 GBp is 3.09 GBP."""

from __future__ import annotations

import polars as pl

from screen.market.tables import MINOR_UNITS

__all__ = ["in_major_units", "major"]


def major(currency: str | None) -> tuple[str | None, float]:
    """Return the ISO currency of `currency` and the factor that turns its amounts into it.

    ``GBp`` gives ``("GBP", 0.01)``; an ISO currency gives itself and 1. Missing data: None stays None.
    """
    if currency is None:
        return None, 1.0
    return MINOR_UNITS.get(currency, (currency, 1.0))


def in_major_units(frame: pl.LazyFrame, *amounts: str, currency: str = "currency") -> pl.LazyFrame:
    """Return `frame` with `amounts` multiplied into the ISO currency and `currency` renamed.

    Missing data: a null currency or amount stays null and nothing is multiplied.
    """
    factors = {minor: factor for minor, (_, factor) in MINOR_UNITS.items()}
    names = {minor: iso for minor, (iso, _) in MINOR_UNITS.items()}
    factor = pl.col(currency).replace_strict(factors, default=1.0, return_dtype=pl.Float64)
    return frame.with_columns(
        *(pl.when(factor == 1.0).then(pl.col(a)).otherwise(pl.col(a) * factor).alias(a) for a in amounts),
    ).with_columns(pl.col(currency).replace(names))
