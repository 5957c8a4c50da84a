"""Recovery of a known truth: pass-through slopes, size and power of the tests behind the tiers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import statsmodels

from exposures.tables import TIERS
from models.cross_section import kendall_tau_b
from models.divergence import SUPPORTED, Divergence, margin_divergence
from models.ordered_logit import ordered_logit
from models.pass_through import pass_through
from models.rank_tests import detection_power, kendall_normal_p, ordered_test
from validation.study import Check, Study

__all__ = ["STUDIES"]

SECTION = "methods, section 4"
# The slopes of the methods' own simulation, and what it found.
TRUTH = {"pressured": -0.08, "contested": 0.0, "bottleneck": 0.05}
FOUND_BY_METHODS = {"pressured": "-.091", "contested": "-.010", "bottleneck": ".057"}
# Slopes on the customers' spending: signs as the tiers claim.
TRUTH_CAPEX = {"pressured": -0.04, "contested": 0.0, "bottleneck": 0.03}
# Panels like a filled store: ten companies a tier with four years of yearly changes.
FIRMS, QUARTERS, PANELS = 10, 16, 200
# Spread of level and slope between companies, and of a quarter's change around them (fractions).
LEVEL_SD, SLOPE_SD, NOISE_SD, REVENUE_SD, CAPEX_SD = 0.015, 0.04, 0.02, 0.25, 0.3
# Two errors from ten companies hold the truth as often as |t| <= 2 with nine degrees of freedom: 92.3%. Three
# binomial errors of 200 panels are 5.6%.
COVERAGE, COVERAGE_FLOOR = 0.923, 0.867
DRAWS = 4_000
RUNS_OF_METHODS = 150


def _panel(seed: int, *, overlapping: bool = False) -> tuple[pl.DataFrame, dict[str, str | None]]:
    """Return rows of `models.pass_through.pass_through_rows` and the tiers, with the true slopes."""
    rng = np.random.default_rng(seed)
    rows, tiers = [], {}
    for tier in TIERS:
        for i in range(FIRMS):
            ticker = f"{tier}-{i:02d}"
            tiers[ticker] = tier
            level, slope = rng.normal(0, LEVEL_SD), TRUTH[tier] + rng.normal(0, SLOPE_SD)
            draws = {sd: rng.normal(0, sd, QUARTERS) for sd in (REVENUE_SD, CAPEX_SD, NOISE_SD)}
            if overlapping:
                # Four-quarter sums of quarterly steps: neighbouring points share three of four steps.
                draws = {
                    sd: np.convolve(rng.normal(0, sd / 2, QUARTERS + 3), np.ones(4), "valid") for sd in draws
                }
            revenue, spent = 0.15 + draws[REVENUE_SD], 0.2 + draws[CAPEX_SD]
            changes = level + slope * revenue + TRUTH_CAPEX[tier] * spent + draws[NOISE_SD]
            for q in range(QUARTERS):
                end = date(2020 + q // 4, 3 * (q % 4) + 3, 28)
                rows.append((ticker, end, float(changes[q]), float(revenue[q]), float(spent[q])))
    schema = {"ticker": pl.String, "quarter": pl.Date, "change": pl.Float64, "revenue": pl.Float64,
              "capex": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row"), tiers


def _slopes(seed: int, *, overlapping: bool) -> dict[str, tuple[float, ...]]:
    table = pass_through(*_panel(seed, overlapping=overlapping)).table
    columns = ("tier", "slope", "slope_se", "slope_capex", "slope_capex_se")
    return {tier: tuple(figures) for tier, *figures in table.select(columns).iter_rows()}


def slopes() -> Study:
    """Pass-through slopes by tier over many panels: their mean, and how often two errors hold the truth."""
    checks = []
    kinds = (("independent points", False), ("overlapping yearly changes", True))
    for words, overlapping in kinds:
        found = [_slopes(seed, overlapping=overlapping) for seed in range(1, PANELS + 1)]
        for tier, truth in TRUTH.items():
            printed = f"{SECTION}: one panel there found {FOUND_BY_METHODS[tier]}"
            checks.append(_recovered(f"{words}, b of {tier}", truth, [f[tier][:2] for f in found], printed))
        for tier, truth in TRUTH_CAPEX.items():
            checks.append(_recovered(f"{words}, c of {tier}", truth, [f[tier][2:] for f in found], SECTION))
    about = (
        f"{FIRMS} companies a tier, {QUARTERS} points each; spread of b between companies {SLOPE_SD:g}, of levels "
        f"{LEVEL_SD:g}, noise {NOISE_SD:g}. {PANELS} panels, seeds 1 to {PANELS}; errors are those of one panel."
    )
    return Study("Recovery: pass-through slopes", about, tuple(checks))


def _recovered(what: str, truth: float, found: Sequence[tuple[float, ...]], source: str) -> Check:
    middle, error = (float(np.mean([pair[k] for pair in found])) for k in (0, 1))
    inside = float(np.mean([abs(b - truth) <= 2 * se for b, se in found]))
    return Check(
        f"{what}: mean (mean error); share within two errors",
        f"{truth:g} within .005; {COVERAGE:.1%}, at least {COVERAGE_FLOOR:.1%}",
        f"{middle:.3f} ({error:.3f}); {inside:.1%}",
        abs(middle - truth) <= 0.005 and inside >= COVERAGE_FLOOR,
        source,
    )


def agreement() -> Study:
    """Kendall's published case, power and size of the agreement test, and its size with pooled slopes."""
    x, y = np.array([12.0, 2, 1, 12, 2]), np.array([1.0, 4, 7, 1, 0])
    tau, p = kendall_tau_b(x, y), kendall_normal_p(x, y)
    checks = [
        Check("tau-b of P14", "-.47140452079103173", f"{tau:.15f}", _near(tau, -0.47140452079103173), "methods, P14 (scipy docs)"),
        Check("p of P14", ".2827454599327748", f"{p:.15f}", _near(p, 0.2827454599327748), "methods, P14 (scipy docs)"),
    ]  # fmt: skip
    checks += _odds()
    for step, printed in ((1.0, 0.91), (0.5, 0.41), (0.0, 0.067)):
        found = detection_power((6, 6, 6), step, draws=DRAWS) or 0.0
        reach = 3 * math.sqrt(printed * (1 - printed) / RUNS_OF_METHODS)
        checks.append(
            Check(
                f"n = 18, three tiers, {step:g} standard deviations a tier: share of p <= 5%",
                f"{printed:g} within {reach:.3f}, three errors of {RUNS_OF_METHODS} runs", f"{found:.3f}",
                abs(found - printed) <= reach, SECTION,
            )
        )  # fmt: skip
    size = _size_with_pooled_slopes()
    checks.append(
        Check(
            "tiers drawn at random against slopes by company, 200 panels: share of p <= 5%",
            "5% within 4.6%, three errors", f"{size:.1%}", abs(size - 0.05) <= 0.046,
            "slopes are drawn towards all companies, not towards their tier",
        )
    )  # fmt: skip
    about = f"One-sided exact permutation test; {DRAWS:,} draws a power, seeded."
    return Study("Recovery: agreement of tiers and evidence", about, tuple(checks))


def _odds() -> list[Check]:
    """The ordered logit of UCLA's applications to college, from the data that statsmodels brings along."""
    data = pl.read_csv(Path(statsmodels.__file__).parent / "miscmodels/tests/results/ologit_ucla.csv")
    order = {"unlikely": 0, "somewhat likely": 1, "very likely": 2}
    y = data["apply"].replace_strict(order).to_numpy()
    fit = ordered_logit(y, data.select("pared", "public", "gpa").to_numpy().astype(float))
    found = [*fit.slopes, fit.log_likelihood] if fit else [math.nan] * 4
    printed = (("pared", 1.0477), ("public", -0.0588), ("gpa", 0.6159), ("log likelihood", -358.5124))
    return [
        Check(f"ordered logit of P12, {name}", f"{value:g}, three digits", f"{got:.4f}",
              abs(got - value) <= 5e-4, "methods, P12 (R polr, UCLA)")
        for (name, value), got in zip(printed, found, strict=True)
    ]  # fmt: skip


def _near(found: float | None, printed: float) -> bool:
    return found is not None and abs(found - printed) < 1e-15


def _size_with_pooled_slopes() -> float:
    """Share of panels in which tiers that say nothing agree with the slopes by company."""
    order = {tier: float(len(TIERS) - rank) for rank, tier in enumerate(TIERS)}
    reached = 0
    for seed in range(1, PANELS + 1):
        rng = np.random.default_rng(10_000 + seed)
        rows, tiers = _panel(seed)
        names = sorted(tiers)
        drawn = dict(zip(names, rng.permutation([tiers[t] for t in names]).tolist(), strict=True))
        found = pass_through(rows, drawn).slopes
        groups = np.array([order[drawn[t]] for t in found])
        test = ordered_test(groups, np.array(list(found.values())), seed=seed)
        reached += test is not None and test.p_greater <= 0.05
    return reached / PANELS


def _tested(seed: int, sizes: tuple[int, int], gap: float, *, is_normal: bool = False) -> Divergence:
    """Run the divergence test on changes around their tier, t(4) or normal, `gap` scale units apart."""
    rng = np.random.default_rng(seed)
    strong, weak = (0.02 * (rng.standard_normal(n) if is_normal else rng.standard_t(4, n)) for n in sizes)
    changes = [*(strong + 0.02 * gap), *weak]
    tiers = [TIERS[0]] * sizes[0] + [TIERS[-1]] * sizes[1]
    end = date(2026, 3, 31)
    rows = pl.DataFrame(
        [(f"N{i:02d}", t, c, 0.2, end, end, "simulated") for i, (t, c) in enumerate(zip(tiers, changes, strict=True))],
        schema={"ticker": pl.String, "tier": pl.String, "change": pl.Float64, "growth": pl.Float64,
                "period_end": pl.Date, "known_at": pl.Date, "source": pl.String}, orient="row",
    )  # fmt: skip
    return margin_divergence(rows)


def divergence() -> Study:
    """Size, power and coverage of the test of "revenue grows, margins diverge" on heavy-tailed changes."""
    checks = []
    for sizes in ((6, 7), (14, 21)):
        runs = 2_000 if sizes[0] < 10 else 600
        null = [_tested(seed, sizes, 0.0) for seed in range(runs)]
        size = float(np.mean([d.verdict == SUPPORTED for d in null]))
        inside = float(
            np.mean([d.low is not None and d.high is not None and d.low <= 0 <= d.high for d in null])
        )
        far = [_tested(50_000 + seed, sizes, 2.0) for seed in range(runs)]
        stated = detection_power((sizes[1], sizes[0]), 1.0, draws=DRAWS) or 0.0
        normal = [_tested(90_000 + seed, sizes, 1.0, is_normal=True) for seed in range(runs)]
        power = float(np.mean([d.verdict == SUPPORTED for d in normal]))
        reach = 3 * math.sqrt(0.25 * (1 / runs + 1 / DRAWS))
        covered = float(
            np.mean([d.low is not None and d.high is not None and d.low <= 0.04 <= d.high for d in far])
        )
        error = 3 * math.sqrt(0.05 * 0.95 / runs)
        names = f"{sizes[0]} against {sizes[1]} names, {runs:,} runs"
        checks += [
            Check(f"{names}, no gap: share supported", f"<= 5% + {error:.1%}", f"{size:.1%}", size <= 0.05 + error, SECTION),
            Check(f"{names}, no gap: 90% interval holds 0", f">= 90% - {error * 1.4:.1%}", f"{inside:.1%}",
                  inside >= 0.90 - 1.4 * error, "Hodges and Lehmann 1963"),
            Check(f"{names}, gap of 2 scale units: 90% interval holds it", f">= 90% - {error * 1.4:.1%}", f"{covered:.1%}",
                  covered >= 0.90 - 1.4 * error, "Hodges and Lehmann 1963"),
            Check(f"{names}, gap of one standard deviation: share supported",
                  f"the power stated, {stated:.1%} within {reach:.1%}", f"{power:.1%}", abs(power - stated) <= reach, SECTION),
        ]  # fmt: skip
    about = (
        "Yearly margin changes are Student-t with 4 degrees of freedom and scale .02 (for the power normal)."
    )
    return Study('Recovery: "revenue grows, margins diverge"', about, tuple(checks))


STUDIES = (slopes, agreement, divergence)
