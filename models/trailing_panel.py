"""The panel behind trailing multiples: pooled coefficients for the level, and the history of residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from models.cross_section import HUBER_K, FloatArray, huber_regression, winsorise
from models.multiple_history import History
from models.panel_regression import Codes, PanelRegression, panel_regression
from models.tables import PANEL_FIT
from models.warranted_fit import CONSTANT, MIN_COVERAGE, CrossSection, Observation, names_needed

__all__ = [
    "MIN_DATES",
    "MIN_NAMES",
    "REGRESSORS",
    "STEP_WEEKS",
    "TrailingPanel",
    "panel_fit_table",
    "residual_history",
    "trailing_panel",
]

REGRESSORS = ("growth", "operating_margin", "risk", "leverage", "size")
# Weeks between the dates of the regression: a quarter, the pace at which the regressors change.
STEP_WEEKS = 13
# Eight dates before coefficients are pooled over dates, and before a company has a level of its own
# (methods 2.2); eight names before a date's level is more than one name's, and before own levels are told
# apart.
MIN_DATES, MIN_NAMES = 8, 8
# A company whose regressors are known in fewer of its weeks keeps its multiple as it is.
MIN_EXPLAINED = 0.90


_Bounds = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Sample:
    """Complete rows of some columns as arrays."""

    columns: tuple[str, ...]
    y: FloatArray
    X: FloatArray
    bounds: _Bounds
    day: Codes
    firm: Codes
    keys: pl.DataFrame
    """ticker and date of each row."""

    @property
    def first(self) -> date:
        """First date."""
        day = self.keys.get_column("date").min()
        assert isinstance(day, date)
        return day


_Fit = tuple[_Sample, PanelRegression]


@dataclass(frozen=True)
class TrailingPanel:
    """Rows of MULTIPLE_PANEL on dates a quarter apart, and the regressions on them."""

    quarterly: pl.DataFrame
    weekly: pl.DataFrame
    as_of: date

    def today(self) -> dict[str, dict[str, float]]:
        """Ticker -> the regressors known on as_of, those that are."""
        rows = self.weekly.filter(pl.col("date") == self.as_of)
        return {
            str(row["ticker"]): {c: float(row[c]) for c in REGRESSORS if row[c] is not None}
            for row in rows.iter_rows(named=True)
        }

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Regressors that enter: known in 70% of the rows, and no copy of one another."""
        chosen: tuple[str, ...] = ()
        for name in REGRESSORS:
            has = self.quarterly.height - self.quarterly.get_column(name).null_count()
            if not has or has < MIN_COVERAGE * self.quarterly.height:
                continue
            sample = self.sample((*chosen, name))
            if sample is not None and _fitted(sample, has_firm_effects=False, k=math.inf) is not None:
                chosen = (*chosen, name)
        return chosen

    def sample(self, columns: Sequence[str]) -> _Sample | None:
        """Complete rows of dates with 8 or more names; None with fewer than 8 such dates."""
        rows = self.quarterly.drop_nulls(list(columns))
        rows = rows.filter(pl.len().over("date") >= MIN_NAMES)
        if rows.get_column("date").n_unique() < MIN_DATES:
            return None
        X = np.column_stack([winsorise(rows.get_column(c).to_numpy()) for c in columns])
        bounds = tuple((float(x.min()), float(x.max())) for x in X.T)
        y = rows.get_column("log_multiple").to_numpy()
        return _sample(tuple(columns), y, X, bounds, rows.select("ticker", "date"))

    def fit(self, columns: Sequence[str], *, has_firm_effects: bool) -> _Fit | None:
        """Fit the panel; with firm effects over the companies that have 8 dates, of which 8 are needed.

        Missing data: None when the sample is too small or the columns are collinear.
        """
        key = (tuple(columns), has_firm_effects)
        if key not in self._fits:
            self._fits[key] = self._fit(columns, has_firm_effects=has_firm_effects)
        return self._fits[key]

    @cached_property
    def _fits(self) -> dict[tuple[tuple[str, ...], bool], _Fit | None]:
        """Fits made so far: a scenario moves none of them."""
        return {}

    def _fit(self, columns: Sequence[str], *, has_firm_effects: bool) -> _Fit | None:
        sample = self.sample(columns) if columns else None
        if sample is None:
            return None
        if has_firm_effects:
            counts = np.bincount(sample.firm)
            if int((counts >= MIN_DATES).sum()) < MIN_NAMES:
                return None
            sample = _only(sample, counts[sample.firm] >= MIN_DATES)
        return _fitted(sample, has_firm_effects=has_firm_effects)

    @cached_property
    def level(self) -> _Fit | None:
        """The regression with date effects: what the market pays for differences between companies."""
        return self.fit(self.columns, has_firm_effects=False)

    @cached_property
    def dynamics(self) -> _Fit | None:
        """The regression with date and firm effects: how a company's own multiple follows its figures."""
        return self.fit(self.columns, has_firm_effects=True)

    def cross_section(self, today: Sequence[Observation], columns: Sequence[str]) -> CrossSection | None:
        """Today's cross-section on pooled coefficients, ``m_i = alpha_today + x_i'b``.

        alpha is a Huber location; the fitted value has the variance
        ``s^2 / n + (x - x_bar)' V_b (x - x_bar)``.

        Missing data: observations without one of the columns are left out; None when the panel or the day
        is too small.
        """
        found = self.fit(columns, has_firm_effects=False)
        rows = [o for o in today if all(c in o.x for c in columns)]
        if found is None or len(rows) < names_needed(1):
            return None
        sample, fit = found
        low, high = np.array(sample.bounds).T
        X = np.clip(np.array([[o.x[c] for c in columns] for o in rows]), low, high)
        m = np.array([o.log_multiple for o in rows])
        location = huber_regression(m - X @ fit.coefficients, np.ones((len(rows), 1)))
        slopes = fit.covariance if np.isfinite(fit.covariance).all() else np.zeros_like(fit.covariance)
        middle = X.mean(axis=0)
        cross = -slopes @ middle
        covariance = np.block(
            [
                [location.covariance + middle @ slopes @ middle, cross[None, :]],
                [cross[:, None], slopes],
            ]
        )
        alpha = float(location.coefficients[0])
        coefficients = {CONSTANT: alpha} | dict(zip(columns, map(float, fit.coefficients), strict=True))
        return CrossSection(
            coefficients,
            dict(zip(columns, sample.bounds, strict=True)),
            replace(location, covariance=covariance),
            len(rows),
            (sample.X, fit.residuals),
            fit.dates,
        )


def _sample(
    columns: tuple[str, ...], y: FloatArray, X: FloatArray, bounds: _Bounds, keys: pl.DataFrame
) -> _Sample:
    day, firm = (keys.get_column(c).rank("dense").cast(pl.Int64).to_numpy() - 1 for c in ("date", "ticker"))
    return _Sample(columns, y, X, bounds, day, firm, keys)


def _fitted(sample: _Sample, *, has_firm_effects: bool, k: float = HUBER_K) -> _Fit | None:
    """Fit a sample; None when it is too small or its columns are collinear."""
    if sample.y.size < names_needed(len(sample.columns) + int(sample.day.max()) + 1):
        return None
    try:
        fit = panel_regression(
            sample.y, sample.X, date=sample.day, firm=sample.firm, has_firm_effects=has_firm_effects, k=k
        )
    except ValueError:
        return None
    return sample, fit


def _only(sample: _Sample, keep: npt.NDArray[np.bool_]) -> _Sample:
    keys = sample.keys.filter(pl.Series(keep))
    return _sample(sample.columns, sample.y[keep], sample.X[keep], sample.bounds, keys)


def trailing_panel(rows: pl.DataFrame, *, as_of: date) -> TrailingPanel:
    """Return the panel of `MULTIPLE_PANEL` rows up to `as_of`: dates a quarter apart count back from it.

    Where a company has several sources only the newest row's is kept.
    """
    known = rows.filter(pl.col("date") <= as_of).sort("ticker", "date")
    known = known.filter(pl.col("source") == pl.col("source").last().over("ticker"))
    age = (pl.lit(as_of) - pl.col("date")).dt.total_days()
    quarterly = known.filter(age % (7 * STEP_WEEKS) == 0)
    return TrailingPanel(quarterly, known, as_of)


def panel_fit_table(panel: TrailingPanel) -> pl.DataFrame:
    """Return PANEL_FIT; empty when history is too short for a panel."""
    rows: list[dict[str, object]] = []
    for effects, found in (("date", panel.level), ("date_firm", panel.dynamics)):
        if found is None:
            continue
        sample, fit = found
        errors = np.sqrt(np.diag(fit.covariance))
        rows += [
            {
                "effects": effects,
                "term": term,
                "coefficient": float(value),
                "standard_error": float(error) if np.isfinite(error) and error > 0 else None,
                "n": fit.n,
                "firms": fit.firms,
                "dates": fit.dates,
                "first": sample.first,
                "scale": fit.scale,
                "r_squared": fit.r_squared,
            }
            for term, value, error in zip(sample.columns, fit.coefficients, errors, strict=True)
        ]
    return PANEL_FIT.frame(rows)


def residual_history(past: History, panel: TrailingPanel | None) -> History:
    """Take out of each weekly series what the regression with firm effects explains, ``m - x'b``.

    Missing data: a company whose regressors are known in fewer than 90% of its weeks keeps its series; so do
    all without a panel.

    References: methods, sections 2.2 and 2.3.
    """
    found = None if panel is None else panel.dynamics
    if panel is None or found is None:
        return past
    sample, fit = found
    low, high = np.array(sample.bounds).T
    rows = panel.weekly.drop_nulls(list(sample.columns))
    X = np.clip(rows.select(sample.columns).to_numpy(), low, high)
    ages = (pl.lit(panel.as_of) - pl.col("date")).dt.total_days() // 7
    rows = rows.select("ticker", ages.alias("age"), pl.Series("explained", X @ fit.coefficients))
    explained = {str(k[0]): part for k, part in rows.partition_by("ticker", as_dict=True).items()}
    series = {t: _less(values, explained.get(t)) for t, values in past.series.items()}
    return History(series, past.sources)


def _less(values: FloatArray, explained: pl.DataFrame | None) -> FloatArray:
    if explained is None:
        return values
    part = np.full(values.size, np.nan)
    at = values.size - 1 - explained.get_column("age").to_numpy()
    inside = at >= 0
    part[at[inside]] = explained.get_column("explained").to_numpy()[inside]
    known = np.isfinite(values)
    if np.isfinite(part[known]).sum() < MIN_EXPLAINED * known.sum():
        return values
    return np.asarray(values - part, dtype=np.float64)
