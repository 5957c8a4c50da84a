"""The ordered logit: the published case, statsmodels, and data that have no maximum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels
from hypothesis import given
from hypothesis import strategies as st

from models.ordered_logit import ordered_logit


def ucla() -> tuple[np.ndarray, np.ndarray]:
    data = pl.read_csv(Path(statsmodels.__file__).parent / "miscmodels/tests/results/ologit_ucla.csv")
    order = {"unlikely": 0, "somewhat likely": 1, "very likely": 2}
    return data["apply"].replace_strict(order).to_numpy(), data.select(
        "pared", "public", "gpa"
    ).to_numpy().astype(float)


def test_ucla_as_printed() -> None:
    """Methods, section 7, P12: R's polr prints 1.04769, -.05879, .61594; the note's own fit has -358.51244."""
    fit = ordered_logit(*ucla())
    assert fit is not None
    assert fit.slopes == pytest.approx([1.04769, -0.05879, 0.61594], abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-358.51244, abs=5e-6)


@pytest.mark.filterwarnings("ignore")  # statsmodels warns of pandas and of its own convergence
def test_statsmodels_finds_the_same_maximum() -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    y, x = ucla()
    fit = ordered_logit(y, x)
    theirs = OrderedModel(y, x, distr="logit").fit(method="newton", disp=0, maxiter=200)
    assert fit is not None
    assert fit.slopes == pytest.approx(theirs.params[:3], abs=1e-8)
    assert fit.log_likelihood == pytest.approx(theirs.llf, abs=1e-8)
    assert fit.slope_errors == pytest.approx(theirs.bse[:3], rel=1e-4)  # theirs differentiate numerically


def test_two_classes_are_the_plain_logit_by_hand() -> None:
    # x = 0: 1 of 4 high; x = 1: 3 of 4 high. Odds ratio 9, error sqrt(1/1 + 1/3 + 1/3 + 1/1).
    y = np.array([0, 0, 0, 1, 0, 1, 1, 1])
    x = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])[:, None]
    fit = ordered_logit(y, x)
    assert fit is not None
    assert fit.slopes[0] == pytest.approx(np.log(9), abs=1e-9)
    assert fit.slope_errors[0] == pytest.approx(np.sqrt(8 / 3), rel=1e-9)
    assert fit.cuts[0] == pytest.approx(np.log(3), abs=1e-9)


def test_separated_classes_one_class_and_a_constant_have_no_fit() -> None:
    y = np.repeat([0, 1, 2], 12)
    assert ordered_logit(y, y[:, None].astype(float)) is None
    assert ordered_logit(np.zeros(36, dtype=np.int64), np.arange(36.0)[:, None]) is None
    assert ordered_logit(y, np.ones((36, 1))) is None


def test_a_covariate_that_sets_one_class_apart_has_no_fit_rather_than_a_sure_one() -> None:
    """Quasi-separation: no name of the lowest class has x = 1 and all of the highest have, so b is without end."""
    y = np.repeat([0, 1, 2], [10, 20, 10])
    x = (np.arange(40) > 20).astype(float)
    assert ordered_logit(y, x[:, None]) is None
    assert ordered_logit(y, 100 * (x[:, None] - x.mean())) is None


@given(st.integers(0, 10_000), st.floats(-3, 3), st.floats(0.1, 100))
def test_the_slope_follows_the_unit_and_the_order(seed: int, slope: float, unit: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(60)
    y = np.digitize(slope * x + rng.logistic(size=60), [-1.0, 1.0]).astype(np.int64)
    fit, scaled, turned = (ordered_logit(a, b[:, None]) for a, b in ((y, x), (y, unit * x), (2 - y, x)))
    if fit is None or scaled is None or turned is None:
        return
    assert np.isfinite(fit.slopes).all() and (fit.slope_errors > 0).all()
    assert scaled.slopes[0] * unit == pytest.approx(fit.slopes[0], abs=1e-6)
    assert turned.slopes[0] == pytest.approx(-fit.slopes[0], abs=1e-6)
    assert (np.diff(fit.cuts) > 0).all()
