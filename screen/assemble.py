"""Put the parts of a run together as ReportData."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from exposures.theme import ExposureMap, Scenario, ScreenSettings
from models.composite import CompositeResult, sub_rank
from reports.data import GAPS, ROWS, ReportData, RunFacts, ScreenView
from screen import METHOD_VERSION, __version__
from screen.market.protocol import MarketData
from screen.panel import PanelResult
from screen.score import Scores

__all__ = ["assemble_report"]


def assemble_report(
    exposure_map: ExposureMap,
    data: MarketData,
    *,
    market: PanelResult,
    findings: pl.DataFrame,
    claims: pl.DataFrame,
    scores: Scores,
    ranking: CompositeResult,
    screens: Mapping[str, ScreenSettings],
    scenario: Scenario | None,
    coverage: Mapping[str, int],
    run_id: str,
    seed: int,
    top: int,
) -> ReportData:
    """Return what the outputs are made from; nothing is computed here but the Taiwan sub-ranking."""
    facts = _facts(
        exposure_map, data, scores, scenario=scenario, coverage=coverage, run_id=run_id, seed=seed, top=top
    )
    return ReportData(
        facts=facts,
        screens=tuple(_view(key, settings) for key, settings in screens.items()),
        rows=_rows(ranking, scores.memberships),
        contributions=ranking.contributions,
        sensitivity=ranking.sensitivity,
        panel=market.panel,
        memberships=scores.memberships,
        evidence=scores.power.evidence,
        agreement=scores.power.agreement,
        dispersion=scores.power.dispersion,
        divergence=scores.power.divergence,
        pass_through=scores.power.pass_through,
        working_capital=scores.power.working_capital,
        decomposition=scores.compression.decomposition,
        warranted=scores.compression.warranted,
        forecast=scores.compression.forecast,
        panel_fit=scores.compression.panel_fit,
        nodes=exposure_map.nodes,
        flows=scores.loop.flows,
        accounts=scores.loop.accounts,
        attribution=scores.loop.attribution,
        loops=scores.loop.loops,
        year_flows=scores.loop.year_flows,
        loop_null=scores.loop.loop_null,
        groups=exposure_map.groups,
        revenue_at_risk=scores.loop.revenue_at_risk,
        loop_uncertainty=scores.loop.uncertainty,
        clearing=scores.stress.clearing,
        triggered=scores.stress.triggered,
        equity_at_risk=scores.stress.equity,
        lab_coverage=scores.stress.coverage,
        vendor_finance=scores.stress.vendor_finance,
        yardstick=exposure_map.yardstick,
        efficiency=scores.efficiency.efficiency,
        depreciation=scores.efficiency.depreciation,
        wall=scores.efficiency.wall,
        life_changes=scores.efficiency.life_changes,
        returns=scores.efficiency.returns,
        backlog=scores.efficiency.backlog,
        backlog_customers=scores.efficiency.backlog_customers,
        figures=exposure_map.figures,
        assumptions=exposure_map.assumptions,
        statements=exposure_map.statements,
        watch=exposure_map.watch,
        events=exposure_map.events,
        sources=exposure_map.sources,
        gaps=_gaps(market.gaps, exposure_map),
        findings=findings,
        monthly=market.monthly,
        claims=claims,
    )


def _facts(
    exposure_map: ExposureMap,
    data: MarketData,
    scores: Scores,
    *,
    scenario: Scenario | None,
    coverage: Mapping[str, int],
    run_id: str,
    seed: int,
    top: int,
) -> RunFacts:
    return RunFacts(
        theme=exposure_map.theme.name,
        theme_title=exposure_map.theme.title,
        as_of=exposure_map.as_of,
        source=data.source,
        source_label=data.label,
        is_simulated=data.is_simulated,
        source_note=data.note,
        run_id=run_id,
        version=__version__,
        method_version=METHOD_VERSION,
        seed=seed,
        scenario=scenario.key if scenario else None,
        scenario_name=scenario.name if scenario else None,
        funding_cut=scores.funding_cut,
        loop_window=_window(scores.loop.year, scores.loop.window_years),
        finn_index=tuple(sorted(scores.loop.finn_index.items())),
        curated_at=exposure_map.theme.curated_at,
        top=top,
        coverage_line=_coverage_line(coverage),
    )


def _window(year: int, years: int) -> str:
    return f"{year}" if years == 1 else f"{year}-{year + years - 1}"


def _coverage_line(coverage: Mapping[str, int]) -> str:
    total = coverage["companies"]
    parts = [f"{name} {coverage[name]}/{total}" for name in ("prices", "estimates", "statements")]
    return f"{total} companies: current " + ", ".join(parts)


def _view(key: str, settings: ScreenSettings) -> ScreenView:
    return ScreenView(
        key=key,
        title=settings.title,
        question=settings.question,
        rank_one_means=settings.rank_one_means,
        weights=tuple(settings.weights.items()),
    )


def _rows(ranking: CompositeResult, memberships: pl.DataFrame) -> pl.DataFrame:
    primary = memberships.filter(pl.col("is_primary")).select(
        "ticker", "name", "country", "segment", "segment_name", "tier"
    )
    rows = ranking.ranked.join(primary, on="ticker", how="left", maintain_order="left").join(
        ranking.rank_sets, on=["screen", "ticker"], how="left", maintain_order="left"
    )
    taiwanese = primary.filter(pl.col("country").str.split("/").list.contains("TW")).get_column("ticker")
    return ROWS.conform(rows.with_columns(rank_taiwan=sub_rank(rows, taiwanese)))


def _gaps(gaps: pl.DataFrame, exposure_map: ExposureMap) -> pl.DataFrame:
    """Add the theme's own gaps: unknown revenue shares and overrides that have expired."""
    primary = exposure_map.memberships.filter(pl.col("is_primary") & (pl.col("role") == "supplier"))
    unknown = primary.filter(pl.col("revenue_share_low").is_null()).select(
        "ticker",
        dataset=pl.lit("exposure"),
        reason=pl.when(pl.col("revenue_share_high").is_null())
        .then(pl.lit("share of revenue in the segment is not known"))
        .otherwise(pl.lit("only an upper bound of the share of revenue is known")),
        age_days=pl.lit(None, dtype=pl.Int64),
        action=pl.lit("blank, never zero; AI exposure is left out of the score"),
    )
    expired = exposure_map.memberships.filter(pl.col("tier_origin") == "expired override").select(
        "ticker",
        dataset=pl.lit("theme"),
        reason=pl.format("override of the tier in {} expired on {}", "segment", "tier_expires"),
        age_days=pl.lit(None, dtype=pl.Int64),
        action=pl.lit("the weaker of override and default holds"),
    )
    return GAPS.check(pl.concat([gaps, unknown, expired]))
