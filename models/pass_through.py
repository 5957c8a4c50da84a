"""Pass-through: what a gross margin does when revenue, or the customers' capital spending, grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from exposures.tables import TIERS
from models.cross_section import FloatArray
from models.mixed_model import MixedFit, fit_mixed_model, group_jackknife
from models.tables import PASS_THROUGH

__all__ = ["PassThrough", "pass_through", "pass_through_rows"]

# Six yearly changes by quarter: fewer leave an intercept and a slope by company nothing to vary around
# (methods, section 4).
MIN_POINTS = 6
# A tier's slope stands beside how it varies between companies: three are the fewest that show it.
MIN_FIRMS = 3
# Companies behind the slopes by company of the evidence: the floor of its terciles.
MIN_POOLED_FIRMS = 6
# One-sided level of the verdicts.
LEVEL = 0.05
STRONG, WEAK = TIERS[0], TIERS[-1]


@dataclass(frozen=True)
class PassThrough:
    """`table` is PASS_THROUGH; `slopes` and `reasons` go by ticker, one of the two for each asked for.

    A slope is the prediction for one company, drawn towards the mean of all companies whatever their tier:
    drawn towards the mean of its tier it would confirm the tier by construction.
    """

    table: pl.DataFrame
    slopes: Mapping[str, float]
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class _Fit:
    """A fit by tier: slopes with their errors, those on capital spending after those on revenue."""

    tiers: tuple[str, ...]
    values: FloatArray
    errors: FloatArray
    model: MixedFit

    def slope(self, tier: str) -> tuple[float, float]:
        at = self.tiers.index(tier)
        return float(self.values[at]), float(self.errors[at])

    def slope_capex(self, tier: str) -> tuple[float, float]:
        at = len(self.tiers) + self.tiers.index(tier)
        return float(self.values[at]), float(self.errors[at])


def pass_through_rows(margins: pl.DataFrame, capex: pl.DataFrame) -> pl.DataFrame:
    """Return ticker, quarter, change, revenue, capex: the points of the regression.

    ``change = Delta4 GM``, ``revenue = Delta4 ln revenue``, ``capex = Delta4 ln K`` of the quarter before,
    with K the customers' capital spending.

    Parameters
    ----------
    margins
        From `models.quarter_margins.quarter_margins`.
    capex
        From `models.customer_capex.customer_capex`.

    Missing data: rows without change or revenue are left out; capex is null where K is not known in both
    quarters.
    """
    year_ago = capex.select("ticker", _later(pl.col("quarter"), "1y"), earlier="capex")
    moved = capex.join(year_ago, on=["ticker", "quarter"]).select(
        "ticker", _later(pl.col("quarter"), "3mo"), spent=(pl.col("capex") / pl.col("earlier")).log()
    )
    return (
        margins.filter(pl.col("change").is_finite() & (pl.col("growth") > -1))
        .join(moved, on=["ticker", "quarter"], how="left")
        .select("ticker", "quarter", "change", revenue=pl.col("growth").log1p(), capex="spent")
        .sort("ticker", "quarter")
    )


def _later(quarter: pl.Expr, by: str) -> pl.Expr:
    return quarter.dt.offset_by("1d").dt.offset_by(by).dt.offset_by("-1d")


def pass_through(rows: pl.DataFrame, tiers: Mapping[str, str | None]) -> PassThrough:
    """Fit the pass-through by tier and by company, where the data identify it.

    ``Delta4 GM_iq = a_i + sum_tier 1[tier] (b_tier Delta4 ln Rev_iq + c_tier Delta4 ln K_i,q-1) + e``, with
    random intercept and revenue slope by company (restricted maximum likelihood). c comes from the companies
    and tiers that have it, b from all (from the same fit where they are the same). The error of a slope is
    the larger of the model's and that of leaving out one company after the other, since yearly changes by
    quarter overlap; verdicts use Student's t with one degree of freedom less than the tier has companies. A
    bottleneck should keep its margin when revenue grows or customers spend (b, c >= 0), a pressured name
    should not (b <= 0 or c < 0).

    Parameters
    ----------
    rows
        From `pass_through_rows`.
    tiers
        Supplier -> tier.

    Returns
    -------
    PassThrough
        One row a tier; slopes by company for the evidence.

    Missing data: a tier with fewer than three companies of six points each is "not identified: ..."; so is
    c, and so are the slopes by company with fewer than six companies.

    References
    ----------
    Methods, section 4.
    """
    used = rows.filter(pl.col("ticker").is_in([t for t, tier in tiers.items() if tier is not None]))
    enough = _with_points(used)
    plain = _by_tier(enough, tiers, has_capex=False)
    spent = _by_tier(_with_points(used.filter(pl.col("capex").is_finite())), tiers, has_capex=True)
    counts = _counts(used, tiers)
    table = PASS_THROUGH.frame([_row(tier, counts[tier], plain, spent) for tier in TIERS])
    slopes, missing = _by_company(enough)
    few = f"fewer than {MIN_POINTS} quarters with revenue, gross margin and both a year before"
    reasons = {t: missing or few for t in tiers if t not in slopes}
    return PassThrough(table, slopes, reasons)


def _with_points(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.len().over("ticker") >= MIN_POINTS).sort("ticker", "quarter")


def _counts(used: pl.DataFrame, tiers: Mapping[str, str | None]) -> dict[str, tuple[int, int, int]]:
    """Return tier -> (companies with enough points, their points, companies with enough points of capex)."""
    enough, spent = _with_points(used), _with_points(used.filter(pl.col("capex").is_finite()))
    found = {}
    for tier in TIERS:
        own = [t for t, assigned in tiers.items() if assigned == tier]
        points = enough.filter(pl.col("ticker").is_in(own))
        firms = points.get_column("ticker").n_unique()
        found[tier] = (
            firms, points.height, spent.filter(pl.col("ticker").is_in(own)).get_column("ticker").n_unique()
        )  # fmt: skip
    return found


def _design(
    rows: pl.DataFrame, assigned: Sequence[str], kept: Sequence[str], *, has_capex: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return y, X and the column of the random slope; X is a constant and a column a tier and regressor."""
    revenue = rows.get_column("revenue").to_numpy().astype(np.float64)
    columns = [np.ones_like(revenue)]
    for name in ("revenue", "capex")[: 1 + has_capex]:
        values = rows.get_column(name).to_numpy().astype(np.float64)
        columns += [np.where([a == tier for a in assigned], values, 0.0) for tier in kept]
    return rows.get_column("change").to_numpy().astype(np.float64), np.column_stack(columns), revenue


def _codes(rows: pl.DataFrame) -> tuple[list[str], npt.NDArray[np.int64]]:
    names = rows.get_column("ticker").unique().sort().to_list()
    places = {name: at for at, name in enumerate(names)}
    return names, np.array([places[t] for t in rows.get_column("ticker").to_list()], dtype=np.int64)


def _is_solvable(X: FloatArray) -> bool:
    return bool(X.shape[0] > X.shape[1] and np.linalg.matrix_rank(X) == X.shape[1])


def _by_tier(rows: pl.DataFrame, tiers: Mapping[str, str | None], *, has_capex: bool) -> _Fit | None:
    firms = {t: tiers[t] for t in rows.get_column("ticker").unique().to_list()}
    kept = tuple(tier for tier in TIERS if sum(a == tier for a in firms.values()) >= MIN_FIRMS)
    rows = rows.filter(pl.col("ticker").is_in([t for t, tier in firms.items() if tier in kept]))
    if not kept:
        return None
    names, groups = _codes(rows)
    assigned = [str(firms[t]) for t in rows.get_column("ticker").to_list()]
    y, X, slope = _design(rows, assigned, kept, has_capex=has_capex)
    if not _is_solvable(X) or float(np.ptp(y)) == 0.0:
        return None
    model = fit_mixed_model(y, X, slope=slope, groups=groups)
    strata = np.array([kept.index(str(firms[name])) for name in names], dtype=np.int64)
    errors = np.fmax(model.standard_errors, group_jackknife(model, strata))
    return _Fit(kept, model.coefficients[1:], errors[1:], model)


def _by_company(rows: pl.DataFrame) -> tuple[dict[str, float], str]:
    """Return slopes by company around one common slope, or none and why."""
    names, groups = _codes(rows)
    if len(names) < MIN_POOLED_FIRMS:
        return (
            {},
            f"not identified: {len(names)} companies have {MIN_POINTS} points, {MIN_POOLED_FIRMS} are needed",
        )
    y, X, slope = _design(rows, [""] * rows.height, [""], has_capex=False)
    if not _is_solvable(X) or float(np.ptp(y)) == 0.0:
        return {}, "not identified: margin or revenue does not move"
    model = fit_mixed_model(y, X, slope=slope, groups=groups)
    if model.random_covariance[1, 1] == 0.0:
        return {}, "not identified: the slope does not vary by company"
    values = model.coefficients[1] + model.effects[:, 1]
    return dict(zip(names, values.tolist(), strict=True)), ""


def _row(
    tier: str, counts: tuple[int, int, int], plain: _Fit | None, spent: _Fit | None
) -> dict[str, object]:
    """Put a tier's slopes together: c over the companies that have it, b over all of them."""
    firms, points, firms_capex = counts
    row: dict[str, object] = {"tier": tier, "firms": firms, "points": points, "firms_capex": firms_capex}
    joint = spent if spent is not None and tier in spent.tiers else None
    fit = joint if joint is not None and firms_capex == firms else plain
    if fit is None or tier not in fit.tiers:
        return row | {"verdict": "not identified", "reason": _unidentified(firms, "")}
    slope, error = fit.slope(tier)
    row |= {"slope": slope, "slope_se": error, "random_effects": fit.model.structure}
    signs, notes = [_sign(slope, error, firms)], [*fit.model.notes]
    if joint is None:
        missing = _unidentified(firms_capex, "of customers' capital spending")
        notes.append(f"slope on capital spending {missing}")
    else:
        slope, error = joint.slope_capex(tier)
        row |= {"slope_capex": slope, "slope_capex_se": error}
        signs.append(_sign(slope, error, firms_capex))
        if joint is not fit:
            notes.append(f"slope on capital spending from {firms_capex} companies")
    return row | {"verdict": _verdict(tier, signs), "reason": "; ".join(notes) or None}


def _unidentified(firms: int, what: str) -> str:
    points = f"{MIN_POINTS} or more yearly changes {what}".strip()
    have = f"{firms} {'company has' if firms == 1 else 'companies have'} {points}"
    if firms >= MIN_FIRMS:
        return f"not identified: {have}, but margins or regressors do not move"
    return f"not identified: {have}, {MIN_FIRMS} are needed"


def _sign(slope: float, error: float, firms: int) -> int:
    """Return 1 or -1 when the slope is positive or negative at the one-sided level, else 0."""
    from scipy.special import stdtrit

    reach = float(stdtrit(firms - 1, 1 - LEVEL)) * error
    return 1 if slope > reach else -1 if slope < -reach else 0


def _verdict(tier: str, signs: Sequence[int]) -> str:
    if tier not in (STRONG, WEAK):
        return "no claim"
    if tier == STRONG:
        is_so, is_not = signs[0] > 0 and min(signs) >= 0, min(signs) < 0
    else:
        is_so, is_not = min(signs) < 0, min(signs) > 0
    return "as the tier says" if is_so else "against the tier" if is_not else "too uncertain to say"
