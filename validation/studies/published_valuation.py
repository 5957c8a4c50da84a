"""Published and worked cases of valuation: Damodaran, Grunfeld, Engel, the numbers of methods 2.1 to 2.4."""

from __future__ import annotations

import math

import numpy as np

from models.cross_section import FloatArray
from models.decomposition import decompose, is_compression_event
from models.evaluation import crps_normal
from models.panel_regression import Codes, panel_regression
from models.predictive import expected_change, fall_probability, predictive_deviation
from models.quantile_regression import quantile_regression
from models.reverse_dcf import gordon_growth, growth_opportunity_share, implied_growth, two_stage_multiple
from models.warranted_fit import linear_multiple
from validation.study import Check, Study

__all__ = ["STUDIES"]


def _check(what: str, printed: str, found: float, source: str) -> Check:
    """Holds when the found figure, rounded to the digits printed, is the printed one."""
    digits = len(printed.split(".")[1]) if "." in printed else 0
    return Check(what, printed, f"{found:.{digits}f}", round(found, digits) == float(printed), source)


def worked_numbers() -> Study:
    """Identity, predictive distribution and reverse DCF at the printed digits."""
    change = decompose(100, 92, 4, 4.6)
    phi = 0.5 ** (1 / 26)
    mean, deviation = expected_change(0.25, phi), predictive_deviation(0.045, phi)
    nan = math.nan
    checks = (
        _check("ln price, P 100 to 92", "-0.08338161", change.price, "methods 2.1"),
        _check("ln EPS, E 4 to 4.6", "0.13976194", change.denominator, "methods 2.1"),
        _check("ln multiple", "-0.22314355", change.multiple, "methods 2.1"),
        Check("compression event", "yes", "yes", is_compression_event(change), "methods 2.1"),
        _check("phi of a half-life of 26 weeks", "0.9736927207", phi, "methods 2.3"),
        _check("phi^52", "0.25", phi**52, "methods 2.3"),
        _check("expected change, u = .25", "-0.1875", mean, "methods 2.3"),
        _check("deviation, sigma = .045", "0.1912143205", deviation, "methods 2.3"),
        _check(
            "P(fall > 10%), normal limit",
            "0.6662449095",
            fall_probability(mean, deviation, degrees=math.inf) or nan,
            "methods 2.3",
        ),
        _check(
            "Gordon growth, PE 30, r .09, b .3",
            "0.08",
            gordon_growth(30, rate=0.09, payout=0.3),
            "methods 2.4",
        ),
        _check("growth-opportunity share, PE 30", "0.62963", growth_opportunity_share(30), "methods 2.4"),
        _check("two-stage PE, g .15", "22.0895788", two_stage_multiple(0.15), "methods 2.4"),
        _check("implied growth, PE 30", "0.1926346", implied_growth(30) or nan, "methods 2.4"),
        _check(
            "growth-opportunity share, NVIDIA PE 50.62",
            "0.7805",
            growth_opportunity_share(50.62),
            "methods 2.4",
        ),
        _check(
            "PVGO, P 60, E 2, r .10", "40", 60 * growth_opportunity_share(30, rate=0.10), "P15, analystprep"
        ),
        _check(
            "CRPS of N(0,1) at 0",
            "0.23369497725510913",
            float(crps_normal(np.zeros(1), np.ones(1), np.zeros(1))[0]),
            "P13, properscoring",
        ),
    )
    return Study("Published: worked numbers of valuation", "No draws.", checks)


DAMODARAN = (
    # year, coefficients, inputs, printed price to book (MReg09, MReg10, MReg23; methods P8).
    (2009, (1.28, 6.72, 0.33, -1.65, 8.67), (0.074, 0.61, 0.7, 0.275), "3.21"),
    (2010, (0.47, 9.72, -0.42, -0.03, 11.1), (0.074, 0.61, 0.7, 0.275), "3.96"),
    (2023, (2.32, 4.6, 0.8, -1.33, 8.9), (0.12, 0.2, 1.1, 0.162), "3.01"),
)
NAMES = ("growth", "payout", "beta", "roe")


def damodaran() -> Study:
    """Damodaran's printed market regressions as arithmetic: they are never used as coefficients."""
    checks = []
    for year, slopes, inputs, printed in DAMODARAN:
        coefficients = {"constant": slopes[0]} | dict(zip(NAMES, slopes[1:], strict=True))
        found = linear_multiple(coefficients, dict(zip(NAMES, inputs, strict=True)))
        checks.append(_check(f"price to book, {year}", printed, found, f"P8, Damodaran MReg{year % 100:02d}"))
    equation = {"constant": 8.76, "beta": -4.08, "growth": 75.24, "payout": 19.73}
    disney = linear_multiple(equation, {"beta": 1.25, "growth": 0.15, "payout": 0.20})
    common = linear_multiple(equation, {"beta": 1.6, "growth": 0.20, "payout": 0.10})
    checks += [
        _check("US P/E, January 2016, Disney", "18.892", disney, "P9"),
        _check("US P/E, January 2016, g .20, payout .10, beta 1.6", "19.3", common, "methods 2.2"),
    ]
    about = (
        "Of the six years of methods 2.2 only 2016 comes with its coefficients; the other five multiples cannot be"
        " computed from what is on file. The sign of beta changes between the years, which is why coefficients are"
        " fitted and not taken over."
    )
    return Study("Published: market regressions of Damodaran", about, tuple(checks))


def _grunfeld() -> tuple[FloatArray, FloatArray, Codes, Codes]:
    from statsmodels.datasets import grunfeld as data

    frame = data.load_pandas().data
    frame = frame[frame["firm"] != "American Steel"]
    X = frame[["value", "capital"]].to_numpy(dtype=np.float64)
    firm = np.unique(frame["firm"].to_numpy().astype(str), return_inverse=True)[1].astype(np.int64)
    return frame["invest"].to_numpy(dtype=np.float64), X, np.zeros(len(frame), dtype=np.int64), firm


def regressions() -> Study:
    """Grunfeld's panel and Engel's median with the estimators of the warranted multiple."""
    y, X, once, firm = _grunfeld()
    pooled = panel_regression(y, X, date=once, firm=firm, has_firm_effects=False, k=math.inf)
    within = panel_regression(y, X, date=once, firm=firm, has_firm_effects=True, k=math.inf)
    from statsmodels.datasets import engel

    frame = engel.load_pandas().data
    design = np.column_stack([np.ones(len(frame)), frame["income"].to_numpy(dtype=np.float64)])
    median = quantile_regression(frame["foodexp"].to_numpy(dtype=np.float64), design, tau=0.5)
    source = "P10, Grunfeld, ten firms; rforanalytics.com 9.2"
    checks = (
        _check("Grunfeld pooled, constant", "-42.714369", float(pooled.date_effects[0]), source),
        _check("Grunfeld pooled, value", "0.115562", float(pooled.coefficients[0]), source),
        _check("Grunfeld pooled, capital", "0.230678", float(pooled.coefficients[1]), source),
        _check("Grunfeld firm effects, value", "0.110124", float(within.coefficients[0]), source),
        _check("Grunfeld firm effects, capital", "0.310065", float(within.coefficients[1]), source),
        Check(
            "Engel median, constant",
            "81.4823 within .0001 (printed from an iteration; the vertex itself is 81.48225)",
            f"{median[0]:.5f}",
            abs(float(median[0]) - 81.4823) <= 1e-4,
            "P11, statsmodels documentation",
        ),
        _check("Engel median, slope", "0.5602", float(median[1]), "P11, statsmodels documentation"),
    )
    about = "Least squares is the panel regression with its tuning constant at infinity. Data of statsmodels."
    return Study("Published: panel and quantile regression", about, checks)


STUDIES = (worked_numbers, damodaran, regressions)
