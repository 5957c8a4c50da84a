"""The compression model end to end on simulated panels: do its intervals cover, does it beat no change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from exposures.tables import MEMBERSHIPS
from models.compression import compression
from models.cross_section import FloatArray
from models.evaluation import brier, crps, ks_distance, pit
from models.predictive import EVENT, fall_probability
from models.simulated_ar1 import ar1_paths
from models.tables import MULTIPLE_PANEL, MULTIPLES, PANEL, QUARTERS
from validation.study import Check, Study

__all__ = ["STUDIES"]

AS_OF = date(2026, 6, 1)
NAMES, AHEAD, PANELS = 40, 52, 50
SOURCE = "known truth"
# Truth: ln multiple = alpha_t + 1.5 growth + 1.0 margin + u; weekly sigma of u as in methods 2.3.
SLOPES = np.array([1.5, 1.0])
SIGMA, MARKET_SIGMA, FIGURE_SIGMA = 0.045, 0.01, 0.01


@dataclass(frozen=True)
class _World:
    """Weekly log multiples and regressors, shape (weeks + 52, names[, 2]); the last 52 weeks are the future."""

    multiples: FloatArray
    figures: FloatArray
    weeks: int

    @property
    def change(self) -> FloatArray:
        """What happened in the 52 weeks after as_of."""
        return self.multiples[-1] - self.multiples[self.weeks - 1]


def _world(seed: int, *, weeks: int, half_lives: FloatArray, sigma: float = SIGMA) -> _World:
    rng = np.random.default_rng(seed)
    length = weeks + AHEAD
    u = np.column_stack(
        [
            ar1_paths(0.5 ** (1 / h), periods=length, paths=1, seed=1000 * seed + i, sigma=sigma)[:, 0]
            for i, h in enumerate(half_lives)
        ]
    )
    quarters = length // 13 + 1
    steps = rng.normal(size=(quarters, NAMES, 2)) * FIGURE_SIGMA
    level = rng.normal([0.2, 0.25], [0.15, 0.10], size=(NAMES, 2))
    figures = np.repeat(level + np.cumsum(steps, axis=0), 13, axis=0)[:length]
    alpha = 2.5 + np.cumsum(rng.normal(size=length) * MARKET_SIGMA)
    return _World(alpha[:, None] + figures @ SLOPES + u, figures, weeks)


def _tables(world: _World, *, has_figures: bool) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """PANEL, MULTIPLES and MULTIPLE_PANEL as known on AS_OF."""
    names = [f"T{i:02d}" for i in range(NAMES)]
    days = [AS_OF - timedelta(weeks=world.weeks - 1 - t) for t in range(world.weeks)]
    known, figures = world.multiples[: world.weeks], world.figures[: world.weeks]
    base = pl.DataFrame(
        {
            "ticker": np.tile(names, world.weeks),
            "date": pl.Series(days).repeat_by(NAMES).explode(),
            "log_multiple": known.reshape(-1),
            "growth": figures[:, :, 0].reshape(-1),
            "operating_margin": figures[:, :, 1].reshape(-1),
        }
    ).sort("ticker", "date")
    multiples = base.with_columns(
        basis=pl.lit("trailing"), price=pl.col("log_multiple").exp(), denominator=pl.lit(1.0),
        estimate_source=pl.lit("s"),
    )  # fmt: skip
    panel = PANEL.frame(
        [
            {"ticker": name, "trailing_pe": math.exp(known[-1, i]), "volatility": 0.35, "source": "s"}
            | (
                {"revenue_growth_forward": figures[-1, i, 0], "operating_margin": figures[-1, i, 1]}
                if has_figures
                else {}
            )
            for i, name in enumerate(names)
        ]
    )
    if not has_figures:
        base = base.with_columns(growth=None, operating_margin=None)
    history = MULTIPLE_PANEL.conform(base.with_columns(source=pl.lit("s")))
    return panel, MULTIPLES.conform(multiples), history


@dataclass(frozen=True)
class _Graded:
    mean: FloatArray
    deviation: FloatArray
    degrees: FloatArray
    low: FloatArray
    high: FloatArray
    p_fall: FloatArray
    happened: FloatArray
    still: FloatArray
    """Standard deviation of 52 weeks of no change, as methods 2.5: from the weekly steps of the history."""
    ic: FloatArray


def _graded(weeks: int, half_lives: FloatArray, *, has_figures: bool, seed: int) -> _Graded:
    parts: dict[str, list[FloatArray]] = {name: [] for name in _Graded.__dataclass_fields__}
    for k in range(PANELS):
        world = _world(seed + k, weeks=weeks, half_lives=half_lives)
        panel, multiples, history = _tables(world, has_figures=has_figures)
        made = compression(
            panel=panel,
            multiples=multiples,
            quarters=QUARTERS.empty(),
            memberships=MEMBERSHIPS.empty(),
            as_of=AS_OF,
            multiple_panel=history,
        ).forecast.sort("ticker")
        column = {name: made.get_column(name).to_numpy().astype(np.float64) for name in _COLUMNS.values()}
        for name, of in _COLUMNS.items():
            parts[name].append(column[of])
        parts["happened"].append(world.change)
        weekly = np.diff(world.multiples[: world.weeks], axis=0)
        parts["still"].append(weekly.std(axis=0, ddof=1) * math.sqrt(AHEAD))
        parts["ic"].append(np.array([_rank_correlation(parts["mean"][-1], world.change)]))
    return _Graded(**{name: np.concatenate(values) for name, values in parts.items()})


_COLUMNS = {
    "mean": "expected_dln_multiple", "deviation": "standard_deviation", "degrees": "degrees_of_freedom",
    "low": "dln_multiple_low", "high": "dln_multiple_high", "p_fall": "p_fall_10",
}  # fmt: skip


def _rank_correlation(a: FloatArray, b: FloatArray) -> float:
    return float(np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1])


def _row(title: str, g: _Graded) -> tuple[str, dict[str, float]]:
    transforms = pit(g.mean, g.deviation, g.happened, g.degrees)
    fell = g.happened < EVENT
    still_p = np.array([fall_probability(0.0, float(s), degrees=math.inf) for s in g.still])
    zero, normal = np.zeros_like(g.mean), np.full_like(g.mean, np.inf)
    figures = {
        "cover50": float(np.mean((transforms > 0.25) & (transforms < 0.75))),
        "cover80": float(np.mean((transforms > 0.10) & (transforms < 0.90))),
        "cover90": float(np.mean((g.happened >= g.low) & (g.happened <= g.high))),
        "ks": ks_distance(transforms) or math.nan,
        "crps": float(crps(g.mean, g.deviation, g.happened, g.degrees).mean()),
        "crps_still": float(crps(zero, g.still, g.happened, normal).mean()),
        "brier": float(brier(g.p_fall, fell).mean()),
        "brier_still": float(brier(still_p, fell).mean()),
        "ic": float(g.ic.mean()),
    }
    cells = " | ".join(f"{value:.3f}" for value in figures.values())
    return f"| {title} | {g.mean.size} | {cells} |", figures


CASES = (
    ("ten years, half-life 26 weeks", 521, np.full(NAMES, 26.0), True),
    ("ten years, half-lives 13 to 104 weeks", 521, np.geomspace(13, 104, NAMES), True),
    ("three years, half-life 26 weeks", 157, np.full(NAMES, 26.0), True),
    ("sixty weeks, the day's own cross-section", 60, np.full(NAMES, 26.0), True),
    ("three years, no figures known: the own median", 157, np.full(NAMES, 26.0), False),
)


def coverage() -> Study:
    """Intervals, CRPS, Brier and rank correlation of 2,000 forecasts for each of five truths."""
    lines = [
        "| truth | forecasts | cover 50% | cover 80% | cover 90% | KS distance of PIT | CRPS | CRPS no change |"
        " Brier | Brier no change | rank IC |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    checks = []
    for number, (title, weeks, half_lives, has_figures) in enumerate(CASES):
        graded = _graded(weeks, half_lives, has_figures=has_figures, seed=10_000 * (number + 1))
        line, found = _row(title, graded)
        lines.append(line)
        checks += [
            Check(
                f"90% interval, {title}",
                "covers 87% to 93%",
                f"{found['cover90']:.1%}",
                0.87 <= found["cover90"] <= 0.93,
                SOURCE,
            ),
            Check(
                f"CRPS against no change, {title}",
                f"below {found['crps_still']:.4f}",
                f"{found['crps']:.4f}",
                found["crps"] < found["crps_still"],
                SOURCE,
            ),
        ]
    about = (
        f"{PANELS} panels of {NAMES} names, weekly: ln multiple = market + 1.5 growth + 1.0 margin + premium, the"
        f" premium an AR(1) with weekly sigma {SIGMA}, the market a random walk with {MARKET_SIGMA}, figures that move"
        " every quarter. `compression` sees the history to as_of and estimates everything (slopes, level, speeds,"
        " spreads); its forecast meets the next 52 weeks, the market's and the figures' moves included. The premium"
        " is normal here and the Student-t is not, so that 50% and 80% intervals may differ from their nominal size."
        " Errors of one panel are correlated through its market: the standard error of a coverage is about a point."
    )
    return Study(
        "Recovery: predictive distribution on simulated panels", about, tuple(checks), "\n".join(lines)
    )


STUDIES = (coverage,)
