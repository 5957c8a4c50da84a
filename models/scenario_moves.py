"""Two rankings side by side: what a scenario moves, and which of its changes did it.

For company *i* with contributions :math:`c_{ik}` without and :math:`c'_{ik}` with the scenario

.. math:: s'_i - s_i = \\sum_k (c'_{ik} - c_{ik})

exactly, a missing contribution counting zero. A contribution changes for one of two reasons: the company's
own value changed (the scenario reaches it), or the values it is compared with did (the median or the spread
moved, or a weight was freed by an input that went missing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from exposures.theme import Scenario
from models.composite import CompositeResult
from models.scenario_shift import scenario_targets
from models.tables import SCENARIO_DRIVERS, SCENARIO_MOVES

__all__ = ["READ_BY", "ScenarioMoves", "scenario_moves", "touched_screens"]

TOP = 5
"""A name in the first five is what the reports talk about, as in RANKED's p_top5."""

SMALLEST = 1e-9
"""Points and values that differ by less are equal: the composite breaks ties at nine decimals."""

_EVENT_SIZE = {
    "becomes_unranked": 0, "becomes_ranked": 0, "enters_top5": 1, "leaves_top5": 1, "moves": 2,
    "score_only": 3,
}  # fmt: skip
"""Order in which events are listed."""

_PRICE = ("multiple_change", "dependent_revenue_discount")
_VALUATION = (*_PRICE, "growth_change")
_MARGIN = ("cloud_margin_change", "payer_margin_change")
_DEALS = ("commitment_cut",)

READ_BY: Mapping[str, tuple[str, ...]] = {
    "tier_power": ("tier_change",),
    "gross_margin_level": ("margin_change",),
    "gross_margin_change": ("margin_change",),
    "valuation_gap": _VALUATION,
    "premium_over_warranted": _VALUATION,
    "expected_multiple_change": _VALUATION,
    "compression_observed": _PRICE,
    "own_history_position": _PRICE,
    "implied_growth_gap": _VALUATION,
    "own_financing_share": _DEALS,
    "own_purchase_share": _DEALS,
    "capital_market_share": _DEALS,
    "cycling_index": _DEALS,
    "revenue_at_risk": ("funding_cut", *_DEALS),
    "capex_to_ocf": ("capex_cut", *_MARGIN),
    "capex_to_revenue": ("capex_cut",),
    "operating_income_per_capex": ("capex_cut", "server_life_years", *_MARGIN),
    "fcf_margin": ("capex_cut", *_MARGIN),
    "depreciation_step_up": ("server_life_years", "capex_cut", *_MARGIN),
}
"""Component -> the fields of a scenario that can change its value; a test changes each field and compares."""


@dataclass(frozen=True)
class ScenarioMoves:
    """Frames declared in `models.tables`: SCENARIO_MOVES and SCENARIO_DRIVERS."""

    moves: pl.DataFrame
    drivers: pl.DataFrame

    @classmethod
    def empty(cls) -> ScenarioMoves:
        """Return no move."""
        return cls(SCENARIO_MOVES.empty(), SCENARIO_DRIVERS.empty())


def touched_screens(
    before: pl.DataFrame, after: pl.DataFrame, weights: Mapping[str, Mapping[str, float]]
) -> tuple[str, ...]:
    """Return the screens that weigh a component of which a value changed, in the order given.

    Standard errors move intervals, never a rank.

    Parameters
    ----------
    before, after
        COMPONENTS without and with the scenario.
    weights
        Screen key -> component -> weight.
    """
    columns = ["ticker", "component", "value"]
    known = before.select(columns).join(after.select(columns), on=columns, how="anti", nulls_equal=True)
    changed = set(known.get_column("component"))
    changed |= set(_missing(after, before)) | set(_missing(before, after))
    return tuple(screen for screen, weight in weights.items() if changed & set(weight))


def _missing(here: pl.DataFrame, there: pl.DataFrame) -> pl.Series:
    keys = ["ticker", "component"]
    return here.select(keys).join(there.select(keys), on=keys, how="anti").get_column("component")


def scenario_moves(
    scenario: Scenario, *, before: CompositeResult, after: CompositeResult, memberships: pl.DataFrame
) -> ScenarioMoves:
    """Compare a ranking with the one under a scenario.

    Parameters
    ----------
    scenario
        What was changed; its parts are told apart.
    before, after
        Rankings without and with it. Only screens that are in `after` are compared.
    memberships
        MEMBERSHIPS: resolves the segments that the scenario names.

    Returns
    -------
    ScenarioMoves
        Moves sorted by screen as ranked, then by size: names that come or go first, then those that enter
        or leave the first five, then by ``|ln(rank_after / rank_before)|`` and by the change of the score.
        Drivers in the same order, the largest change of points first.

    Missing data: a name unranked on one side has no rank_change and no score_change, and the reason. A
    component missing on one side counts zero points there.
    """
    screens = after.ranked.get_column("screen").unique(maintain_order=True)
    moves = _moves(scenario.key, before, after, screens)
    if moves.is_empty():
        return ScenarioMoves.empty()
    drivers = _drivers(scenario, before, after, memberships)
    order = moves.select("screen", "ticker").with_row_index("place")
    drivers = (
        drivers.join(order, on=["screen", "ticker"])
        .sort("place", pl.col("contribution_change").abs(), "component", descending=[False, True, False])
        .drop("place")
    )
    return ScenarioMoves(SCENARIO_MOVES.conform(moves), SCENARIO_DRIVERS.conform(drivers))


def _moves(key: str, before: CompositeResult, after: CompositeResult, screens: pl.Series) -> pl.DataFrame:
    joined = before.ranked.filter(pl.col("screen").is_in(screens.implode())).join(
        after.ranked, on=["screen", "ticker"], suffix="_after", how="inner"
    )
    was, now = pl.col("rank"), pl.col("rank_after")
    change = pl.col("score_after") - pl.col("score")
    size = (now.cast(pl.Float64) / was).log()
    rows = joined.select(
        "screen", "ticker",
        scenario=pl.lit(key),
        rank_before=was, rank_after=now, rank_change=now - was,
        rank_low_before="rank_low", rank_high_before="rank_high",
        log_rank_change=size,
        score_before="score", score_after="score_after", score_change=change,
        event=_event(was, now),
        reason=pl.coalesce("reason_after", "reason"),
    )  # fmt: skip
    moved = pl.col("event").ne("score_only") | (pl.col("score_change").abs() > SMALLEST)
    places = {screen: place for place, screen in enumerate(screens)}
    return rows.filter(moved).sort(
        pl.col("screen").replace_strict(places, return_dtype=pl.Int64),
        pl.col("event").replace_strict(_EVENT_SIZE, return_dtype=pl.Int64),
        pl.col("log_rank_change").abs(),
        pl.col("score_change").abs(),
        "ticker",
        descending=[False, False, True, True, False],
        nulls_last=True,
    )


def _event(was: pl.Expr, now: pl.Expr) -> pl.Expr:
    return (
        pl.when(was.is_not_null() & now.is_null())
        .then(pl.lit("becomes_unranked"))
        .when(was.is_null() & now.is_not_null())
        .then(pl.lit("becomes_ranked"))
        .when((was > TOP) & (now <= TOP))
        .then(pl.lit("enters_top5"))
        .when((was <= TOP) & (now > TOP))
        .then(pl.lit("leaves_top5"))
        .when(was != now)
        .then(pl.lit("moves"))
        .otherwise(pl.lit("score_only"))
    )


def _drivers(
    scenario: Scenario, before: CompositeResult, after: CompositeResult, memberships: pl.DataFrame
) -> pl.DataFrame:
    keys = ["screen", "ticker", "component"]
    columns = [*keys, "value", "contribution"]
    joined = before.contributions.select(columns).join(
        after.contributions.select(columns), on=keys, suffix="_after", how="inner"
    )
    was, now = pl.col("value"), pl.col("value_after")
    is_same = was.eq_missing(now) | ((was - now).abs() <= SMALLEST).fill_null(value=False)
    change = pl.col("contribution_after").fill_null(0.0) - pl.col("contribution").fill_null(0.0)
    rows = joined.select(
        *keys,
        scenario=pl.lit(scenario.key),
        value_before=was, value_after=now,
        contribution_before="contribution", contribution_after="contribution_after",
        contribution_change=change,
        is_own=~is_same,
    ).filter((pl.col("contribution_change").abs() > SMALLEST) | pl.col("is_own"))  # fmt: skip
    reasons = _reasons(scenario, memberships)
    fields = [
        _fields(reasons, ticker, component) if is_own else None
        for ticker, component, is_own in rows.select("ticker", "component", "is_own").iter_rows()
    ]
    return rows.with_columns(fields=pl.Series(fields, dtype=pl.String))


_Reasons = Mapping[str, tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]]
"""Field -> (its name where it reaches everyone, ticker -> its names where it reaches some)."""


def _reasons(scenario: Scenario, memberships: pl.DataFrame) -> _Reasons:
    found: dict[str, tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]] = {}
    for field in scenario.changed_fields:
        if isinstance(getattr(scenario, field), dict):
            reached = scenario_targets(scenario, field, memberships)
            words = {t: tuple(f"{part}.{field}:{key}" for part, key in at) for t, at in reached.items()}
            found[field] = ((), words)
        else:
            parts = [part.key for part in scenario.parts if field in part.changed_fields]
            found[field] = (tuple(f"{part}.{field}" for part in parts), {})
    return found


def _fields(reasons: _Reasons, ticker: str, component: str) -> str | None:
    """Return what the scenario changed for this value, joined by ``+``; None when nothing reaches it."""
    found: list[str] = []
    for field in READ_BY.get(component, ()):
        everyone, some = reasons.get(field, ((), {}))
        found += [*everyone, *some.get(ticker, ())]
    return "+".join(found) or None
