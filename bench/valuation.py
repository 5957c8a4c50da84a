"""The panel regression and the quantile lines against statsmodels; compression as the backtest calls it."""

from __future__ import annotations

import math

import numpy as np

from bench.side_by_side import compare
from models.panel_regression import panel_regression
from models.quantile_regression import quantile_regression

__all__ = ["report"]

SEED = 13
FIRMS, DATES, SLOPES = 60, 40, 5


def report() -> None:
    """Print the valuation tables."""
    y, X, date, firm = _panel()
    dummies = np.hstack([(date[:, None] == np.arange(DATES)), (firm[:, None] == np.arange(1, FIRMS))]).astype(
        float
    )
    design, groups = np.hstack([X, dummies]), np.column_stack([firm, date])

    def ours(k: float) -> object:
        return panel_regression(y, X, date=date, firm=firm, has_firm_effects=True, k=k)

    def least_squares() -> object:
        from statsmodels.regression.linear_model import OLS

        return OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": groups}).params

    def robust() -> object:
        from statsmodels.robust.norms import HuberT
        from statsmodels.robust.robust_linear_model import RLM

        return RLM(y, design, M=HuberT(1.345)).fit(tol=1e-11, maxiter=200, conv="coefs").params

    size = f"{FIRMS} firms x {DATES} dates, {SLOPES} slopes, firm and date effects"
    compare(
        f"least squares with two-way clustered errors, {size}",
        {"panel_regression": lambda: ours(math.inf), "statsmodels OLS with dummies": least_squares},
        rounds=5,
    )
    compare(
        f"Huber loss, {size} (ours with clustered errors, RLM without)",
        {"panel_regression": lambda: ours(1.345), "statsmodels RLM with dummies": robust},
        rounds=5,
    )
    constant = np.column_stack([np.ones(y.size), X])
    compare(
        f"quantile line at 25%, {y.size} rows, {SLOPES + 1} columns",
        {
            "quantile_regression": lambda: quantile_regression(y, constant, tau=0.25),
            "statsmodels QuantReg": lambda: _theirs(y, constant),
        },
        rounds=5,
    )


def _theirs(y: np.ndarray, X: np.ndarray) -> object:
    from statsmodels.regression.quantile_regression import QuantReg

    return QuantReg(y, X).fit(q=0.25).params


def _panel() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(SEED)
    firm, date = np.repeat(np.arange(FIRMS), DATES), np.tile(np.arange(DATES), FIRMS)
    X = rng.normal(size=(firm.size, SLOPES)) + rng.normal(size=(FIRMS, SLOPES))[firm]
    y = X.sum(axis=1) + rng.normal(size=FIRMS)[firm] + rng.normal(size=DATES)[date]
    return y + rng.standard_t(3, size=firm.size), X, date, firm
