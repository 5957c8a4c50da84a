"""Composite scores: standardise, weigh, rank, and say what each input adds.

For a screen with weights :math:`w_k` and signed robust z-scores :math:`z_{ik}` (high = towards rank 1)

.. math:: s_i = 50 + \\frac{50}{3}\\sum_{k \\in K_i} \\tilde w_{ik} z_{ik}, \\qquad
          \\tilde w_{ik} = w_k / \\sum_{l \\in K_i} w_l

with z the distance from the median in robust deviations, never finer than the component's floor, and
where :math:`K_i` are the components for which company *i* has a value. The score is linear, so the
contribution :math:`\\frac{50}{3}\\tilde w_{ik} z_{ik}` is the component's Shapley value against an
average company, and ``50 + sum(contributions) = score`` exactly.
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
from models.cross_section import RELATIVE_NOISE, Z_CLIP, robust_scale
from models.tables import CONTRIBUTIONS, RANKED
from models.uncertainty import rank_intervals

__all__ = ["CLIP", "CompositeResult", "composite", "spread", "sub_rank"]

CLIP = Z_CLIP
"""z-scores are clipped to +-3: beyond that a robust z says "outlier", not "more so" (methods section 5)."""

POINTS = 50.0 / CLIP
"""Points per unit of weighted z, so that a name at +3 on everything scores 100."""

NO_SPREAD = "no spread between the names of this screen: the component is left out for all"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CompositeResult:
    """RANKED and CONTRIBUTIONS of every screen of a run."""

    ranked: pl.DataFrame
    contributions: pl.DataFrame


def composite(
    components: pl.DataFrame,
    memberships: pl.DataFrame,
    *,
    screens: Mapping[str, ScreenSettings],
    seed: int,
    draws: int = 2000,
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
        Number of draws behind the rank intervals; 0 leaves the intervals null.

    Returns
    -------
    CompositeResult
        RANKED (rank 1 is first in the screen's direction; equal scores share the lower rank) and
        CONTRIBUTIONS (one row per screen, company and weighted component).

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
        ranked=RANKED.check(pl.concat([p[0] for p in parts]) if parts else RANKED.empty()),
        contributions=CONTRIBUTIONS.check(
            pl.concat([p[1] for p in parts]) if parts else CONTRIBUTIONS.empty()
        ),
    )


def spread(x: Array) -> tuple[float, float]:
    """Return (median, scale) of the finite values of `x`: 1.4826 MAD, else IQR/1.349, else the deviation.

    The last step keeps components that are equal for most names (the tier, a share that is zero without a
    deal): their MAD and IQR are 0, and dropping them would drop what they say of the others. Scale 0 means
    that all values are equal; NaN entries are missing values and are ignored.
    """
    known = x[np.isfinite(x)]
    if known.size == 0:
        return float("nan"), 0.0
    scale = robust_scale(known)
    if scale is None:
        deviation = float(known.std())
        scale = deviation if deviation > RELATIVE_NOISE * float(np.abs(known).max()) else 0.0
    return float(np.median(known)), scale


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
) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = list(settings.weights)
    if unknown := [n for n in names if n not in COMPONENT_KEYS]:
        raise UsageError(
            f'screen "{key}" weighs unknown component "{unknown[0]}"; '
            f"known: {', '.join(sorted(COMPONENT_KEYS))}.",
            fix=suggest(unknown[0], COMPONENT_KEYS),
        )
    universe = primary.filter(pl.col("role").is_in(list(settings.roles)))
    long = _long(key, names, settings, components, universe)
    shape = (universe.height, len(names))
    value = long["value"].cast(pl.Float64).to_numpy().reshape(shape)
    error = long["standard_error"].cast(pl.Float64).to_numpy().reshape(shape)
    signs = np.array([sign(key, n) for n in names], dtype=float)
    z, z_error, has_spread = _standardise(value, error, signs, floors=[component(n).floor for n in names])
    weights = np.array([settings.weights[n] for n in names])
    used, coverage = _weights_used(z, weights, np.isfinite(value).any(axis=0) & (has_spread == 0))
    contribution = POINTS * used * np.nan_to_num(z)
    score = 50.0 + contribution.sum(axis=1)
    is_ranked = coverage >= settings.min_coverage - 1e-12
    kinds = long["kind"].to_numpy().reshape(shape)
    interval = rank_intervals(
        z[is_ranked],
        z_error[is_ranked],
        kinds[is_ranked],
        weights * has_spread,
        seed=seed,
        stream=key,
        draws=draws,
    )
    names_scored = universe.with_columns(
        screen=pl.lit(key), score=_column(score), coverage=_column(coverage), is_ranked=pl.Series(is_ranked)
    )
    ranked = _ranked(names_scored, interval, reasons=_gap_reasons(long, settings))
    long = long.with_columns(
        z=_column(z),
        weight_used=_column(np.where(np.isfinite(z), used, np.nan)),
        contribution=_column(np.where(np.isfinite(z), contribution, np.nan)),
    )
    lost = pl.col("value").is_not_null() & pl.col("z").is_null()
    return ranked, CONTRIBUTIONS.conform(
        long.with_columns(reason=pl.when(lost).then(pl.lit(NO_SPREAD)).otherwise(pl.col("reason")))
    )


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


def _standardise(
    value: Array, error: Array, signs: Array, *, floors: list[float]
) -> tuple[Array, Array, Array]:
    """Signed, clipped robust z, its standard error, and which columns have any spread (1.0 or 0.0)."""
    z = np.full_like(value, np.nan)
    z_error = np.full_like(value, np.nan)
    has_spread = np.zeros(value.shape[1])
    for k in range(value.shape[1]):
        centre, scale = spread(value[:, k])
        if scale > 0:
            has_spread[k] = 1.0
            scale = max(scale, floors[k])
            z[:, k] = np.clip(signs[k] * (value[:, k] - centre) / scale, -CLIP, CLIP)
            z_error[:, k] = error[:, k] / scale
    return z, z_error, has_spread


def _weights_used(z: Array, weights: Array, is_flat: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """Weights after leaving out missing components, and coverage = available / offered weight.

    A component that is equal for all (`is_flat`) cannot rank and is not asked for; one that nobody has is
    missing like any other.
    """
    offered = weights * ~is_flat
    available = np.isfinite(z) * offered
    total = available.sum(axis=1, keepdims=True)
    used = np.divide(available, total, out=np.zeros_like(available), where=total > 0)
    coverage = total[:, 0] / offered.sum() if offered.sum() > 0 else np.zeros(len(z))
    return used, np.minimum(coverage, 1.0)


def _ranked(frame: pl.DataFrame, interval: pl.DataFrame, *, reasons: pl.DataFrame) -> pl.DataFrame:
    """RANKED rows of one screen from scored names; `interval` has one row per ranked name, in order."""
    # Scores equal to nine decimals are a tie; float noise must not order names.
    rounded = pl.when(pl.col("is_ranked")).then(pl.col("score").round(9))
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
