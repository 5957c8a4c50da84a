"""Commercial deals that are only announced or reported, cut by a scenario."""

from __future__ import annotations

import polars as pl

__all__ = ["SIGNED", "with_commitments"]

SIGNED = ("definitive", "closed")
"""Statuses that bind the payer; letters of intent and term sheets never enter a sum in the first place."""

AMOUNT_FIELDS = ("amount", "annual")
"""Fields of an assumption that state money; the others state a term."""


def with_commitments(
    deals: pl.DataFrame, assumptions: pl.DataFrame, *, cut: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return deals and assumptions with the unsigned commercial commitments cut.

    Parameters
    ----------
    deals, assumptions
        `DEALS`, `ASSUMPTIONS`. An assumption that completes an unsigned deal is cut with it; one that
        states a flow of its own rests on no commitment and stays.
    cut
        Share that falls away (fraction).

    Missing data: a null amount stays null.
    """
    if cut == 0:
        return deals, assumptions
    is_cut = (pl.col("flow_class") == "commercial") & ~pl.col("status").is_in(SIGNED)
    unsigned = deals.filter(is_cut).get_column("deal_id").implode()
    completes = pl.col("deal_id").is_in(unsigned).fill_null(value=False) & pl.col("field").is_in(
        AMOUNT_FIELDS
    )
    return (
        deals.with_columns(_scaled(name, is_cut, 1 - cut) for name in _AMOUNTS),
        assumptions.with_columns(_scaled(name, completes, 1 - cut) for name in ("low", "base", "high")),
    )


_AMOUNTS = ("amount_low", "amount_base", "amount_high")


def _scaled(name: str, where: pl.Expr, factor: float) -> pl.Expr:
    return pl.when(where).then(pl.col(name) * factor).otherwise(pl.col(name)).alias(name)
