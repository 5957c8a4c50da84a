"""Draws of the ledger: means kept, spread by grade, deals of one counterparty together, splits of a total."""

from __future__ import annotations

from datetime import date
from statistics import NormalDist

import numpy as np
import pytest

from exposures.theme import LoopSettings
from models.bands import Band
from models.flow_draws import draw_flows
from models.flows import Flow

DRAWS = 40_000


def flow(flow_id: str, amount: float | tuple[float, float, float], **more: object) -> Flow:
    band = Band(*amount) if isinstance(amount, tuple) else Band(amount, amount, amount)
    row: dict[str, object] = {
        "flow_id": flow_id, "payer": "A", "payee": "B", "kind": "cloud_contract", "flow_class": "commercial",
        "status": "closed", "ledger": band, "completed": band, "stock": None, "barred": "", "is_assumed": False,
        "ids": (flow_id,), "source": "x", "grade": "A", "known_at": date(2026, 1, 1), "ends": None, "note": "",
    }  # fmt: skip
    return Flow(**{**row, **more})  # type: ignore[arg-type]


def draw(flows: list[Flow], case: str = "ledger", draws: int = DRAWS, **settings: object) -> np.ndarray:
    made = draw_flows(
        flows, case=case, settings=LoopSettings(**settings), draws=draws, rng=np.random.default_rng(3)
    )
    return made.amounts


def test_an_amount_keeps_its_mean_and_has_the_spread_of_its_grade() -> None:
    amounts = draw([flow("D1", 10), flow("D2", 10, grade="B"), flow("D3", 10, grade="C")])
    assert amounts.mean(axis=0) == pytest.approx([10, 10, 10], rel=0.01)
    assert amounts.std(axis=0) / 10 == pytest.approx([0.05, 0.15, 0.35], rel=0.03)
    logs = np.log(amounts[:, 2])
    z = (logs - logs.mean()) / logs.std()
    assert (z**3).mean() == pytest.approx(0, abs=0.05)
    assert np.quantile(z, 0.95) == pytest.approx(NormalDist().inv_cdf(0.95), abs=0.03)


def test_a_stated_range_that_is_wider_counts_and_an_assumption_is_never_sharper_than_our_own() -> None:
    wide = flow("D1", (5.0, 10.0, 21.45))  # (21.45 - 5) / (2 * 1.645 * 10) = 0.5
    assumed = flow("D2", 10, is_assumed=True)
    spread = draw([wide, assumed], case="with_assumptions").std(axis=0) / 10
    assert spread == pytest.approx([0.5, 0.35], rel=0.04)
    assert draw([assumed]).std() / 10 == pytest.approx(0.05, rel=0.03)


def test_a_deal_stands_with_the_probability_of_its_status() -> None:
    flows = [flow("D1", 10, status=s) for s in ("definitive", "announced", "media_reported", "rumour")]
    stands = (draw(flows, status_correlation=0.0) > 0).mean(axis=0)
    assert stands == pytest.approx([0.95, 0.8, 0.65, 0.65], abs=0.01)


def test_half_of_the_draws_hold_a_deal_of_one_half_exactly() -> None:
    amounts = draw([flow("D1", 10, status="x")], draws=400, status_probability={"x": 0.5})
    assert (amounts > 0).sum() == 200


def test_deals_of_one_counterparty_fall_together() -> None:
    """P(both fall) of a Gaussian copula at rho = 0.3 and p = 0.8 is 0.0671; independent deals give 0.04."""
    from scipy.stats import multivariate_normal

    flows = [
        flow("D1", 1, status="announced"), flow("D2", 1, payee="C", status="announced"),
        flow("D3", 1, payer="Z", status="announced"),
        flow("D4", 1, payer="Z", payee="A", kind="equity", flow_class="financing", status="announced"),
    ]  # fmt: skip
    fallen = draw(flows) == 0
    limit = NormalDist().inv_cdf(0.2)
    both = multivariate_normal.cdf([limit, limit], cov=[[1, 0.3], [0.3, 1]])
    assert (fallen[:, 0] & fallen[:, 1]).mean() == pytest.approx(both, abs=0.005)
    assert (fallen[:, 0] & fallen[:, 2]).mean() == pytest.approx(0.04, abs=0.005)
    # Financing rests on who receives it: money for A falls with A's own purchases.
    assert (fallen[:, 0] & fallen[:, 3]).mean() == pytest.approx(both, abs=0.005)


def test_undisclosed_shares_of_one_total_are_dirichlet() -> None:
    """Shares 0.25 and 0.75 with concentration 20: sd of the share sqrt(0.25 * 0.75 / 21) = 0.0945."""
    flows = [flow("A1", 10, grade="D"), flow("A2", 30, payee="C", grade="D"), flow("D9", 5)]
    amounts = draw(flows, split={"T": ("A1", "A2", "A7")})
    total = amounts[:, 0] + amounts[:, 1]
    assert total.mean() == pytest.approx(40, rel=0.01)
    assert total.std() / 40 == pytest.approx(0.35, rel=0.03)
    share = amounts[:, 0] / total
    assert share.mean() == pytest.approx(0.25, abs=0.002)
    assert share.std() == pytest.approx(np.sqrt(0.25 * 0.75 / 21), rel=0.03)
    assert amounts[:, 2].std() / 5 == pytest.approx(0.05, rel=0.03)


def test_what_is_not_summed_is_not_drawn() -> None:
    flows = [flow("D1", (0.0, 0.0, 9.0)), flow("D2", 4, barred="not additive"), flow("D3", 4, ledger=None)]
    made = draw_flows(flows, case="ledger", settings=LoopSettings(), draws=9, rng=np.random.default_rng(1))
    assert made.flows == ()
    assert made.amounts.shape == (9, 0)


def test_a_draw_does_not_hang_on_the_order_of_the_rows() -> None:
    flows = [flow("D1", 10), flow("D2", 20, grade="B", payer="C"), flow("D3", 5, status="loi")]
    assert np.array_equal(draw(flows, draws=50), draw(flows[::-1], draws=50))
