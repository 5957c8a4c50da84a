"""Questions to the deal ledger that every user of it asks the same way."""

from __future__ import annotations

import polars as pl

from exposures.tables import FLOW_CLASSES
from exposures.theme import ExposureMap

__all__ = ["additive_deals", "group_of", "incomplete_deals", "superseded_deals"]

_FLOWS = ("commercial", "financing")


def additive_deals(exposure_map: ExposureMap, *, flow_class: str | None = None) -> pl.DataFrame:
    """Return the deals that may enter a sum on the map's date.

    Left out: rows that a known deal supersedes, overlapping or unsigned rows and stocks (marked in the
    file), rows without a money flow, and deals inside one group.

    Parameters
    ----------
    exposure_map
        A loaded theme.
    flow_class
        ``commercial``, ``financing`` or ``contingent`` for that class alone; None for the first two.

    Returns
    -------
    polars.DataFrame
        Rows of DEALS. Amounts are whole amounts in bn of the row's currency.

    Missing data
        A deal without an amount stays with a null amount; see `incomplete_deals`.

    Raises
    ------
    ValueError
        When `flow_class` is not one of the ledger's classes.
    """
    if flow_class is not None and flow_class not in FLOW_CLASSES:
        raise ValueError(f"flow_class {flow_class!r}; allowed {list(FLOW_CLASSES)}")
    wanted = _FLOWS if flow_class is None else (flow_class,)
    return exposure_map.deals.filter(
        pl.col("is_additive") & pl.col("flow_class").is_in(wanted) & (pl.col("payer") != pl.col("payee"))
    )


def incomplete_deals(exposure_map: ExposureMap) -> pl.DataFrame:
    """Return additive deals between single parties that lack an amount or a term of their own.

    Financing needs no term: it is paid on the day it became known unless the ledger says otherwise.
    Each of these deals has a row in ASSUMPTIONS or shows as a gap.
    """
    aggregates = exposure_map.nodes.filter(pl.col("kind") == "aggregate").get_column("node").implode()
    has_term = pl.col("term_start").is_not_null() & pl.col("term_end").is_not_null()
    return additive_deals(exposure_map).filter(
        ~pl.col("payer").is_in(aggregates)
        & ~pl.col("payee").is_in(aggregates)
        & (pl.col("amount_base").is_null() | ((pl.col("flow_class") == "commercial") & ~has_term))
    )


def superseded_deals(exposure_map: ExposureMap) -> pl.DataFrame:
    """Return the deals that a deal known on the map's date replaces; visible, never summed."""
    return exposure_map.deals.filter(pl.col("superseded_by").is_not_null())


def group_of(exposure_map: ExposureMap) -> dict[str, str]:
    """Return the group parent of each company, so that parent and subsidiary are counted once.

    A subsidiary's figures sit inside its parent's: sums over groups keep the parent and leave out every
    company whose group is another ticker of the theme.
    """
    return dict(exposure_map.companies.select("ticker", "group").iter_rows())
