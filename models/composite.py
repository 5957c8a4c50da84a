"""Composite scores: standardise, weigh, rank, say how sure each rank is and what would change it.

The score and its contributions are defined in `models.standard_scores`, the two kinds of uncertainty of a
rank in `models.uncertainty` (our weights and judgements) and `models.rank_sets` (what errors of the inputs
allow).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from exposures.errors import UsageError, suggest
from exposures.theme import ScreenSettings
from models.components import COMPONENT_KEYS, component, sign
from models.rank_sets import rank_sets
from models.sensitivity import sensitivity
from models.standard_scores import SCORE_DIGITS, ScoredScreen, score_screen
from models.tables import CONTRIBUTIONS, RANK_SETS, RANKED, SENSITIVITY
from models.uncertainty import rank_intervals

__all__ = ["CompositeResult", "composite", "sub_rank"]

NO_SPREAD = "no spread between the names of this screen: the component is left out for all"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CompositeResult:
    """RANKED, CONTRIBUTIONS, RANK_SETS and SENSITIVITY of every screen of a run."""

    ranked: pl.DataFrame
    contributions: pl.DataFrame
    rank_sets: pl.DataFrame
    sensitivity: pl.DataFrame


def composite(
    components: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    screens: Mapping[str, ScreenSettings],
    seed: int,
    draws: int = 5000,
) -> CompositeResult:
    """Rank every screen.

    Parameters
    ----------
    components
        COMPONENTS, any row order.
    memberships
        MEMBERSHIPS; the primary segment's role decides in which screens a company stands.
    screens
        Screen key -> settings (weights, roles, coverage floor).
    seed
        Seed of the uncertainty draws.
    draws
        Number of draws behind the rank intervals; 0 leaves the intervals null and the confidence sets empty.

    Returns
    -------
    CompositeResult
        RANKED (rank 1 is first in the screen's direction; equal scores share the lower rank), CONTRIBUTIONS
        (one row per screen, company and weighted component), RANK_SETS (one row per ranked name) and
        SENSITIVITY (the names around the border of the first five).

    Raises
    ------
    UsageError
        A weight names a component that does not exist.

    Notes
    -----
    *Missing data*: a null is never filled. A company whose available weights fall below
    ``min_coverage`` of the screen's weights is listed unranked with the reason. A component without any
    spread (all values equal) is left out for all and does not count against coverage; one that no company
    has counts as missing for every company.
    """
    primary = memberships.filter(pl.col("is_primary")).select("ticker", "role").sort("ticker")
    parts = [
        _one_screen(key, screens[key], components=components, primary=primary, seed=seed, draws=draws)
        for key in screens
    ]
    return CompositeResult(
        ranked=RANKED.check(pl.concat([RANKED.empty(), *(p.ranked for p in parts)])),
        contributions=CONTRIBUTIONS.check(
            pl.concat([CONTRIBUTIONS.empty(), *(p.contributions for p in parts)])
        ),
        rank_sets=RANK_SETS.check(pl.concat([RANK_SETS.empty(), *(p.rank_sets for p in parts)])),
        sensitivity=SENSITIVITY.check(pl.concat([SENSITIVITY.empty(), *(p.sensitivity for p in parts)])),
    )


def sub_rank(rows: pl.DataFrame, tickers: pl.Series) -> pl.Series:
    """Return the rank among `tickers` within each screen of a RANKED frame; null for all others."""
    inside = pl.col("ticker").is_in(tickers.implode()) & pl.col("rank").is_not_null()
    expression = pl.when(inside).then(pl.col("rank"))
    return rows.select(expression.rank("min").over("screen").cast(pl.Int64).alias("sub_rank")).to_series()


def _one_screen(
    key: str,
    settings: ScreenSettings,
    *,
    components: pl.DataFrame,
    primary: pl.DataFrame,
    seed: int,
    draws: int,
) -> CompositeResult:
    names = list(settings.weights)
    if unknown := [n for n in names if n not in COMPONENT_KEYS]:
        raise UsageError(
            f'screen "{key}" weighs unknown component "{unknown[0]}"; '
            f"known: {', '.join(sorted(COMPONENT_KEYS))}.",
            fix=suggest(unknown[0], COMPONENT_KEYS),
        )
    universe = primary.filter(pl.col("role").is_in(list(settings.roles)))
    long = _long(key, names, settings, components, universe)
    scored = _scored(key, long, settings, universe["ticker"].to_list())
    ranked = scored.is_ranked
    interval = rank_intervals(
        scored.z[ranked], scored.z_error[ranked], scored.weights, seed=seed, stream=key, draws=draws
    )
    names_scored = universe.with_columns(
        screen=pl.lit(key),
        score=_column(scored.score),
        coverage=_column(scored.coverage),
        is_ranked=pl.Series(ranked),
    )
    return CompositeResult(
        ranked=_ranked(names_scored, interval, reasons=_gap_reasons(long, settings)),
        contributions=_contributions(long, scored),
        rank_sets=_rank_sets(key, scored, seed=seed) if draws else RANK_SETS.empty(),
        sensitivity=sensitivity(key, scored) if draws else SENSITIVITY.empty(),
    )


def _scored(key: str, long: pl.DataFrame, settings: ScreenSettings, tickers: list[str]) -> ScoredScreen:
    names = list(settings.weights)
    shape = (len(tickers), len(names))
    return score_screen(
        tickers,
        names,
        value=long["value"].cast(pl.Float64).to_numpy().reshape(shape),
        error=long["standard_error"].cast(pl.Float64).to_numpy().reshape(shape),
        kinds=long["kind"].to_numpy().reshape(shape),
        signs=np.array([sign(key, n) for n in names], dtype=float),
        floors=np.array([component(n).floor for n in names]),
        weights=np.array([settings.weights[n] for n in names]),
        min_coverage=settings.min_coverage,
    )


def _contributions(long: pl.DataFrame, scored: ScoredScreen) -> pl.DataFrame:
    known = np.isfinite(scored.z)
    long = long.with_columns(
        z=_column(scored.z),
        weight_used=_column(np.where(known, scored.used, np.nan)),
        contribution=_column(np.where(known, scored.contribution, np.nan)),
    )
    lost = pl.col("value").is_not_null() & pl.col("z").is_null()
    return CONTRIBUTIONS.conform(
        long.with_columns(reason=pl.when(lost).then(pl.lit(NO_SPREAD)).otherwise(pl.col("reason")))
    )


def _rank_sets(key: str, scored: ScoredScreen, *, seed: int) -> pl.DataFrame:
    """RANK_SETS rows of one screen, ranked names in ticker order."""
    ranked = scored.is_ranked
    error = scored.score_error()[ranked]
    sets = rank_sets(scored.score[ranked], error, seed=seed, stream=key)
    columns = {
        "screen": [key] * int(ranked.sum()),
        "ticker": [t for t, inside in zip(scored.tickers, ranked, strict=True) if inside],
        "score_error": error,
        "measured_weight": np.minimum(scored.measured_weight()[ranked], 1.0),
        "rank_set_low": sets.marginal_low,
        "rank_set_high": sets.marginal_high,
        "joint_set_low": sets.simultaneous_low,
        "joint_set_high": sets.simultaneous_high,
        "in_top5_set": sets.in_top,
    }
    return RANK_SETS.conform(pl.DataFrame(columns, schema_overrides=RANK_SETS.empty().schema))


def _long(
    key: str, names: list[str], settings: ScreenSettings, components: pl.DataFrame, universe: pl.DataFrame
) -> pl.DataFrame:
    """Every (company, weighted component) pair in ticker and theme order; absent pairs carry a reason."""
    weights = pl.DataFrame({"component": names, "weight": [settings.weights[n] for n in names]})
    grid = universe.select("ticker").join(weights, how="cross")
    joined = grid.join(components, on=["ticker", "component"], how="left", maintain_order="left")
    return joined.with_columns(
        screen=pl.lit(key),
        kind=pl.col("kind").fill_null("estimate"),
        reason=pl.when(pl.col("value").is_null()).then(
            pl.col("reason").fill_null("not computed for this company")
        ),
    )


def _ranked(frame: pl.DataFrame, interval: pl.DataFrame, *, reasons: pl.DataFrame) -> pl.DataFrame:
    """RANKED rows of one screen from scored names; `interval` has one row per ranked name, in order."""
    rounded = pl.when(pl.col("is_ranked")).then(pl.col("score").round(SCORE_DIGITS))
    frame = frame.with_columns(
        rank=rounded.rank("min", descending=True).cast(pl.Int64),
        is_tied=pl.col("is_ranked") & (rounded.count().over(rounded) > 1),
        score=pl.when(pl.col("is_ranked")).then(pl.col("score")),
    )
    ranked = frame.filter("is_ranked").with_columns(interval)
    unranked = frame.filter(~pl.col("is_ranked")).join(reasons, on="ticker", how="left")
    unranked = unranked.with_columns(pl.col("reason").fill_null(NO_SPREAD))
    return RANKED.conform(
        pl.concat([ranked, unranked], how="diagonal_relaxed").sort("rank", "ticker", nulls_last=True)
    )


def _gap_reasons(long: pl.DataFrame, settings: ScreenSettings) -> pl.DataFrame:
    """One sentence per company on why its coverage is low, the heaviest missing inputs first."""
    missing = long.filter(pl.col("value").is_null()).sort("ticker", "weight", descending=[False, True])
    words = pl.format("{}: {}", pl.col("component").str.replace_all("_", " "), pl.col("reason"))
    floor = f"{settings.min_coverage:.0%}"
    return missing.group_by("ticker", maintain_order=True).agg(
        reason=pl.lit(f"inputs below {floor} of the weights; missing ")
        + words.unique(maintain_order=True).str.join("; ")
    )


def _column(values: Array) -> pl.Series:
    """A flat float column with NaN as null."""
    return pl.Series(np.asarray(values, dtype=float).ravel()).fill_nan(None)
