"""Run every model on a theme and a panel, under a scenario if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from exposures.tables import MARGINS, MEMBERSHIPS
from exposures.theme import ExposureMap, Scenario
from models.accounts import MarketRevenue
from models.capex_efficiency import EfficiencyResult, capex_efficiency
from models.capex_loop import DEFAULT_SEED, LoopResult, capex_loop
from models.compression import CompressionResult, compression
from models.loop_stress import StressResult, loop_stress
from models.pricing_power import PowerResult, pricing_power
from models.scenario_commitments import with_commitments
from models.scenario_shift import dependence_shifts, scenario_shifts
from models.tables import COMPONENTS
from screen.panel import PanelResult

__all__ = ["Scores", "score_models"]

QUARTER_MAX_AGE_DAYS = 200
"""A quarter that ended longer ago (its successor should have been filed) is no longer the pace of today."""


@dataclass(frozen=True)
class Scores:
    """Results of the four models, and their components in one frame."""

    loop: LoopResult
    stress: StressResult
    compression: CompressionResult
    power: PowerResult
    efficiency: EfficiencyResult
    components: pl.DataFrame
    memberships: pl.DataFrame
    funding_cut: float


LOOP_FIELDS = ("funding_cut", "commitment_cut")
COMPRESSION_FIELDS = ("multiple_change", "growth_change", "dependent_revenue_discount")
POWER_FIELDS = ("margin_change", "tier_change")
EFFICIENCY_FIELDS = (
    *("capex_cut", "cloud_margin_change", "payer_margin_change", "server_life_years"),
    "commitment_cut",  # who owes the backlog
)
"""The fields of a scenario that each model reads; a test scores every field anew and compares."""

NO_SCENARIO = Scenario(key="base", name="Base", description="Nothing changes.", source="theme")


def score_models(
    exposure_map: ExposureMap,
    market: PanelResult,
    *,
    scenario: Scenario | None,
    is_simulated: bool,
    base: Scores | None = None,
    is_ranking_only: bool = False,
    seed: int = DEFAULT_SEED,
) -> Scores:
    """Return the scores of every model.

    Parameters
    ----------
    exposure_map
        The theme as known on its date.
    market
        The panel of that date.
    scenario
        Changes to apply, or None.
    is_simulated
        True for the sample: its revenue enters the loop only where no sourced figure exists, marked.
    base
        Scores of the same theme and panel without a scenario: a model that reads no changed field is taken
        from them and not computed again.
    is_ranking_only
        True when only the components are wanted: the stress is that of `base`, and the other tables of the
        loop, of pricing power and of the payers are empty, and compression tells of the companies that the
        scenario names.
    seed
        Seed of the draws behind the intervals of the loop.
    """
    shift = scenario or NO_SCENARIO
    exposure_map = _with_commitments(exposure_map, shift)
    changed = set(shift.changed_fields)
    memberships = _with_tiers(exposure_map.memberships, shift.tier_change)
    funding_cut = exposure_map.theme.loop.funding_cut if shift.funding_cut is None else shift.funding_cut
    loop = (
        base.loop
        if base and changed.isdisjoint(LOOP_FIELDS)
        else _loop(
            exposure_map,
            market,
            memberships,
            shift,
            is_simulated=is_simulated,
            seed=seed,
            is_ranking_only=is_ranking_only,
        )
    )
    stress = (
        base.stress
        if base and (loop is base.loop or is_ranking_only)
        else _stress(exposure_map, market, memberships, loop=loop, funding_cut=funding_cut)
    )
    multiples = (
        base.compression
        if base and changed.isdisjoint(COMPRESSION_FIELDS)
        else _compression(
            exposure_map,
            market,
            memberships,
            shift,
            loop=loop,
            base=base.compression if base else None,
            is_ranking_only=is_ranking_only,
        )
    )
    power = (
        base.power
        if base and changed.isdisjoint(POWER_FIELDS)
        else _power(exposure_map, market, memberships, shift, is_ranking_only=is_ranking_only)
    )
    efficiency = (
        base.efficiency
        if base and changed.isdisjoint(EFFICIENCY_FIELDS)
        else _efficiency(
            exposure_map,
            market,
            memberships,
            shift,
            is_simulated=is_simulated,
            is_ranking_only=is_ranking_only,
        )
    )
    parts = [loop.components, multiples.components, power.components, efficiency.components]
    components = COMPONENTS.check(pl.concat(parts).sort("ticker", "component"))
    return Scores(loop, stress, multiples, power, efficiency, components, memberships, funding_cut)


def _loop(
    exposure_map: ExposureMap,
    market: PanelResult,
    memberships: pl.DataFrame,
    shift: Scenario,
    *,
    is_simulated: bool,
    seed: int,
    is_ranking_only: bool,
) -> LoopResult:
    return capex_loop(
        deals=exposure_map.deals,
        nodes=exposure_map.nodes,
        figures=exposure_map.figures,
        assumptions=exposure_map.assumptions,
        relations=exposure_map.relations,
        memberships=memberships,
        settings=exposure_map.theme.loop,
        as_of=exposure_map.as_of,
        fx_to_usd=market.usd_per_unit,
        simulated_revenue_usd=_simulated_revenue(market.panel) if is_simulated else None,
        market_revenue_usd=None if is_simulated else _revenue(market, exposure_map.as_of),
        funding_cut=shift.funding_cut,
        seed=seed,
        groups=exposure_map.groups,
        is_ranking_only=is_ranking_only,
    )


def _stress(
    exposure_map: ExposureMap,
    market: PanelResult,
    memberships: pl.DataFrame,
    *,
    loop: LoopResult,
    funding_cut: float,
) -> StressResult:
    return loop_stress(
        loop,
        deals=exposure_map.deals,
        nodes=exposure_map.nodes,
        figures=exposure_map.figures,
        assumptions=exposure_map.assumptions,
        relations=exposure_map.relations,
        memberships=memberships,
        yardstick=exposure_map.yardstick,
        panel=market.panel,
        settings=exposure_map.theme.loop,
        as_of=exposure_map.as_of,
        fx_to_usd=market.usd_per_unit,
        funding_cut=funding_cut,
    )


def _compression(
    exposure_map: ExposureMap,
    market: PanelResult,
    memberships: pl.DataFrame,
    shift: Scenario,
    *,
    loop: LoopResult,
    base: CompressionResult | None,
    is_ranking_only: bool,
) -> CompressionResult:
    growth = scenario_shifts(shift, "growth_change", memberships)
    moves = scenario_shifts(shift, "multiple_change", memberships)
    dependent = dependence_shifts(loop.components, discount=shift.dependent_revenue_discount)
    moves = {t: moves.get(t, 0.0) + dependent.get(t, 0.0) for t in moves | dependent}
    touched = {*growth, *moves} if base and is_ranking_only else None
    found = compression(
        panel=market.panel,
        multiples=market.multiples,
        quarters=market.quarters,
        memberships=memberships,
        as_of=exposure_map.as_of,
        growth_change=growth,
        multiple_change=moves,
        multiple_panel=base.trailing if base else market.multiple_panel,
        tickers=touched,
    )
    if base is None or touched is None:
        return found
    others = base.components.filter(~pl.col("ticker").is_in(list(touched)))
    return replace(found, components=pl.concat([others, found.components]))


def _power(
    exposure_map: ExposureMap,
    market: PanelResult,
    memberships: pl.DataFrame,
    shift: Scenario,
    *,
    is_ranking_only: bool,
) -> PowerResult:
    return pricing_power(
        panel=market.panel,
        quarters=market.quarters,
        memberships=memberships,
        margins=published_margins(exposure_map),
        statements=exposure_map.statements,
        relations=exposure_map.relations,
        as_of=exposure_map.as_of,
        margin_change=scenario_shifts(shift, "margin_change", memberships),
        is_ranking_only=is_ranking_only,
    )


def _efficiency(
    exposure_map: ExposureMap,
    market: PanelResult,
    memberships: pl.DataFrame,
    shift: Scenario,
    *,
    is_simulated: bool,
    is_ranking_only: bool,
) -> EfficiencyResult:
    return capex_efficiency(
        panel=market.panel,
        quarters=market.quarters,
        memberships=memberships,
        figures=exposure_map.figures,
        as_of=exposure_map.as_of,
        fx_to_usd=market.usd_per_unit,
        is_simulated=is_simulated,
        cloud_margin_change=shift.cloud_margin_change,
        payer_margin_change=scenario_shifts(shift, "payer_margin_change", memberships),
        capex_cut=shift.capex_cut,
        server_life_years=shift.server_life_years,
        deals=exposure_map.deals,
        nodes=exposure_map.nodes,
        is_ranking_only=is_ranking_only,
    )


def published_margins(exposure_map: ExposureMap) -> pl.DataFrame:
    """Return MARGINS with the gross margins of FIGURES added; of one period the row of MARGINS stands."""
    figures = exposure_map.figures.filter(
        (pl.col("metric") == "gross_margin") & pl.col("value").is_not_null() & pl.col("node").is_not_null()
    ).select(
        pl.col("node").alias("ticker"), "metric", "value", "period", "period_end", "source",
        pl.lit(None, dtype=pl.String).alias("url"), "known_at", "grade",
    )  # fmt: skip
    own = exposure_map.margins
    listed = figures.join(
        own.filter(pl.col("metric") == "gross_margin"), on=["ticker", "period_end"], how="anti"
    )
    return MARGINS.check(pl.concat([own, listed.filter(pl.col("period").is_not_null())]))


def _simulated_revenue(panel: pl.DataFrame) -> dict[str, float]:
    known = panel.filter(pl.col("revenue_ttm_usd") > 0)
    return dict(known.select("ticker", "revenue_ttm_usd").iter_rows())


def _revenue(market: PanelResult, as_of: date) -> dict[str, MarketRevenue]:
    """Yearly revenue from statements: the newest quarter times four, as for published figures.

    Without a quarter that ended within `QUARTER_MAX_AGE_DAYS`, the trailing year.
    """
    found = {
        ticker: MarketRevenue(revenue, f"trailing year known {known_at}", source)
        for ticker, revenue, source, known_at in market.panel.filter(pl.col("revenue_ttm_usd") > 0)
        .select("ticker", "revenue_ttm_usd", "source", "statement_known_at")
        .iter_rows()
    }
    fresh = (pl.lit(as_of) - pl.col("period_end")).dt.total_days() <= QUARTER_MAX_AGE_DAYS
    newest = market.quarters.filter((pl.col("revenue") > 0) & fresh).sort("ticker", "period_end")
    for row in newest.unique("ticker", keep="last", maintain_order=True).iter_rows(named=True):
        if (rate := market.usd_per_unit.get(row["currency"])) is not None:
            words = f"quarter to {row['period_end']} x 4 ({row['source']}, known {row['known_at']})"
            yearly = row["revenue"] * rate * 4
            found[row["ticker"]] = MarketRevenue(yearly, words, row["source"], row["period_end"])
    return found


def _with_commitments(exposure_map: ExposureMap, shift: Scenario) -> ExposureMap:
    """Apply a scenario's cut of unsigned commitments to the ledger."""
    if not shift.commitment_cut:
        return exposure_map
    deals, assumptions = with_commitments(
        exposure_map.deals, exposure_map.assumptions, cut=shift.commitment_cut
    )
    return replace(exposure_map, deals=deals, assumptions=assumptions)


def _with_tiers(memberships: pl.DataFrame, changes: Mapping[str, str]) -> pl.DataFrame:
    """Apply a scenario's tiers; a ticker's own key wins over its segment's."""
    if not changes:
        return memberships
    keys = list(changes)
    new = pl.coalesce(
        pl.col("ticker").replace_strict(keys, list(changes.values()), default=None, return_dtype=pl.String),
        pl.col("segment").replace_strict(keys, list(changes.values()), default=None, return_dtype=pl.String),
    )
    is_supplier = pl.col("role") == "supplier"
    changed = is_supplier & new.is_not_null()
    return MEMBERSHIPS.check(
        memberships.with_columns(
            tier=pl.when(changed).then(new).otherwise(pl.col("tier")),
            tier_origin=pl.when(changed).then(pl.lit("scenario")).otherwise(pl.col("tier_origin")),
        )
    )
