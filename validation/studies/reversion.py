"""Recovery of mean reversion: half-lives of single series, pooled panels, partial pooling."""

from __future__ import annotations

import math

import numpy as np

from models.company_speed import POOLED, reversion_for
from models.cross_section import FloatArray
from models.median_bias import PERIODS, PHIS, median_unbiased
from models.multiple_history import History
from models.reversion import (
    jackknife_phi,
    kendall_corrected,
    nickell_bias,
    nickell_corrected,
    own_reversion,
    pooled_reversion,
)
from models.simulated_ar1 import ar1_paths, least_squares_phi
from validation.study import Check, Study

__all__ = ["STUDIES"]

HALF_LIFE = 26.0
PHI = 0.5 ** (1 / HALF_LIFE)
PATHS = 500
MORE_PATHS = 4000
NOTE = "methods, section 2.3"
# Medians of methods 2.3 (4,000 paths): length -> OLS, Kendall, jackknife, median-unbiased, in weeks.
NOTED = {
    157: (13.8, 29.0, 26.3, 25.9),
    261: (17.2, 28.2, 26.8, 26.2),
    520: (21.0, 27.5, 27.1, 26.2),
}
# Their medians and ours are both simulated; 8% is three standard errors of the difference at 157 weeks.
SLACK = 0.08


def _weeks(half_life: float) -> str:
    """Return a half-life in weeks; none where there is no reversion."""
    return f"{half_life:.1f}" if math.isfinite(half_life) else "none"


def _half_life(phi: float) -> float:
    return math.inf if phi >= 1 else math.log(0.5) / math.log(phi)


def _estimates(periods: int, paths: int, seed: int) -> tuple[FloatArray, ...]:
    made = ar1_paths(PHI, periods=periods, paths=paths, seed=seed)
    ols = least_squares_phi(made)
    jackknife = [jackknife_phi(series) for series in made.T]
    return (
        ols,
        np.array([kendall_corrected(phi, periods) for phi in ols]),
        np.array([1.0 if phi is None else phi for phi in jackknife]),
        np.array([min(median_unbiased(phi, periods), 1.0) for phi in ols]),
    )


def single_series() -> Study:
    """Half-life of 26 weeks from three, five and ten years: four estimators of one series."""
    fits = [own_reversion(s) for s in ar1_paths(PHI, periods=157, paths=PATHS, seed=20260601).T]
    used = _half_life(float(np.median([f.phi for f in fits if f is not None])))
    checks = [
        Check(
            f"half-life from 157 weeks, median over {PATHS} paths",
            f"{HALF_LIFE:.0f} weeks within 10%",
            f"{used:.1f} weeks",
            abs(used / HALF_LIFE - 1) <= 0.10,
            "known truth",
        )
    ]
    lines = [
        "| weeks | estimator | median half-life | methods 2.3 | quartiles | no reversion found | RMSE of phi |",
        "|---|---|---|---|---|---|---|",
    ]
    for periods, noted in NOTED.items():
        found = _estimates(periods, MORE_PATHS, periods)
        for name, phis, other in zip(
            ("least squares", "Kendall", "jackknife", "median-unbiased"), found, noted, strict=True
        ):
            low, middle, high = (_half_life(float(phi)) for phi in np.quantile(phis, [0.25, 0.5, 0.75]))
            error = math.sqrt(float(np.mean((phis - PHI) ** 2)))
            lines.append(
                f"| {periods} | {name} | {middle:.1f} | {other} | {low:.1f} to {_weeks(high)} |"
                f" {np.mean(phis >= 1):.0%} | {error:.4f} |"
            )
            checks.append(
                Check(
                    f"median half-life, {name}, {periods} weeks",
                    f"{other} within {SLACK:.0%}",
                    f"{middle:.1f}",
                    abs(middle / other - 1) <= SLACK,
                    NOTE,
                )
            )
    about = (
        f"AR(1) with a half-life of {HALF_LIFE:.0f} weeks (phi {PHI:.4f}), stationary start, mean estimated;"
        f" {PATHS} paths for the first row, {MORE_PATHS} for the others. The median-unbiased phi is the one in use"
        " for single series. The spread shows how little one series says: the quartiles of its half-life lie a"
        " factor of two apart even after ten years, which is why names are partially pooled."
    )
    return Study("Recovery: mean reversion of one series", about, tuple(checks), "\n".join(lines))


def table_of_the_bias() -> Study:
    """Cells of the bias table, simulated again with other seeds."""
    checks = []
    for periods in (PERIODS[3], PERIODS[6], PERIODS[10]):
        for k in (4, 8, 12, 16):
            phi = PHIS[k]
            found = least_squares_phi(ar1_paths(phi, periods=periods, paths=20_000, seed=7 * periods + k))
            back = min(median_unbiased(float(np.median(found)), periods), 1.0)
            checks.append(
                Check(
                    f"phi {phi:.4f} from {periods} weeks",
                    f"{phi:.4f} within 0.0025",
                    f"{back:.4f}",
                    abs(back - phi) <= 0.0025,
                    "Andrews 1993: the median of the estimate, inverted",
                )
            )
    about = "The stored table inverts the median of 20,000 fresh least-squares estimates (other seeds)."
    return Study("Recovery: the table behind the median-unbiased estimate", about, tuple(checks))


def pooled_panel() -> Study:
    """Forty names, one phi: Nickell's correction against Kendall's."""
    checks = []
    lines = [
        "| weeks | phi | least squares | Kendall | Nickell, leading term | Nickell, whole (in use) |",
        "|---|---|---|---|---|---|",
    ]
    for periods, phi, noted in ((60, 0.9439, 0.9362), (157, 0.9737, 0.9707)):
        raw, ours = [], []
        for seed in range(200):
            panel = list(ar1_paths(phi, periods=periods, paths=40, seed=1000 * periods + seed).T)
            fit = pooled_reversion(panel)
            assert fit is not None
            ours.append(fit.phi)
            raw.append(fit.phi + nickell_bias(fit.phi, periods - 1))
        ols, whole = float(np.mean(raw)), float(np.mean(ours))
        kendall, leading = kendall_corrected(ols, periods), nickell_corrected(ols, periods)
        lines.append(f"| {periods} | {phi} | {ols:.4f} | {kendall:.4f} | {leading:.4f} | {whole:.4f} |")
        checks += [
            Check(
                f"leading term of Nickell, phi {phi}, {periods} weeks, 40 names",
                f"{noted} within 0.002",
                f"{leading:.4f}",
                abs(leading - noted) <= 0.002,
                NOTE,
            ),
            Check(
                f"pooled phi in use, {periods} weeks, 40 names",
                f"{phi} within 0.002",
                f"{whole:.4f}",
                abs(whole - phi) <= 0.002,
                "known truth",
            ),
        ]
    about = (
        "200 panels of 40 names each around its own mean; means over panels. The leading term of Nickell's bias"
        " is the correction of methods 2.3; the whole expression, inverted, is in use, because what the leading"
        " term leaves made the intervals from sixty weeks of history too narrow."
    )
    return Study("Recovery: mean reversion of a panel", about, tuple(checks), "\n".join(lines))


def _errors(spread: float, weeks: int, seed: int) -> FloatArray:
    """Root mean square error of kappa by own, pooled and partially pooled estimates, one panel of 40."""
    rng = np.random.default_rng(seed)
    kappas = np.clip(rng.normal(0.04, spread, size=40), 0.004, 0.5)
    series = {
        f"T{i:02d}": ar1_paths(1 - kappa, periods=weeks, paths=1, seed=seed * 100 + i)[:, 0]
        for i, kappa in enumerate(kappas)
    }
    fits = reversion_for(History(series, {}))
    own = [own_reversion(s) for s in series.values()]
    guesses = np.array(
        [
            [1 - f.phi for f in own if f is not None],
            [1 - fits[POOLED].phi] * 40,
            [1 - fits[t].phi for t in series],
        ]
    )
    return np.asarray(np.sqrt(np.mean((guesses - kappas) ** 2, axis=1)), dtype=np.float64)


def partial_pooling() -> Study:
    """Names whose speeds differ by nothing, a little and much: partial pooling against its two ends."""
    checks = []
    lines = [
        "| spread of kappa between names | weeks | own | pooled | partially pooled (in use) |",
        "|---|---|---|---|---|",
    ]
    for spread in (0.0, 0.015, 0.06):
        for weeks in (104, 260):
            own, pooled, ours = np.mean([_errors(spread, weeks, seed) for seed in range(1, 41)], axis=0)
            lines.append(f"| {spread} | {weeks} | {own:.4f} | {pooled:.4f} | {ours:.4f} |")
            best, worst = min(own, pooled), max(own, pooled)
            most = best + 0.15 * (worst - best)
            checks.append(
                Check(
                    f"RMSE of kappa, spread {spread}, {weeks} weeks",
                    f"at most {most:.4f}",
                    f"{ours:.4f}",
                    ours <= most,
                    "known truth",
                )
            )
    about = (
        "40 names with kappa_i ~ N(0.04, spread^2), 40 panels each. Partial pooling has to be near the better of"
        " its two ends without knowing which that is: at most 15% of the way from the better to the worse one."
    )
    return Study("Recovery: partial pooling of the speeds", about, tuple(checks), "\n".join(lines))


STUDIES = (single_series, table_of_the_bias, pooled_panel, partial_pooling)
