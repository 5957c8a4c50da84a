"""Scenarios of the invented chain: one that swaps two names and unranks a third, one that moves nothing."""

from __future__ import annotations

import math

from sample_ledger import FORGE

from exposures.theme import Scenario
from models import tables as models

FUNDING_CUT = Scenario(
    key="funding-cut", name="Lab funding cut", description="Outside money dries up.", source="seed 002",
    funding_cut=0.75, multiple_change={"gpu": -0.2}, growth_change={FORGE: -0.05},
)  # fmt: skip
QUIET = Scenario(
    key="life-3y", name="Servers last three years", description="The technology turns faster.",
    source="udn rails", server_life_years=3,
)  # fmt: skip


def _move(screen: str, ticker: str, **values: object) -> dict[str, object]:
    return {"scenario": "funding-cut", "screen": screen, "ticker": ticker, **values}


def _driver(ticker: str, component: str, change: tuple[float, float], points: tuple[float, float], **more: object
            ) -> dict[str, object]:  # fmt: skip
    screen = "beneficiaries" if component == "revenue_at_risk" else "compression"
    return _move(
        screen, ticker, component=component, value_before=change[0], value_after=change[1],
        contribution_before=points[0], contribution_after=points[1],
        contribution_change=points[1] - points[0], is_own=True, **more,
    )  # fmt: skip


MOVES = models.SCENARIO_MOVES.frame(
    [
        _move("beneficiaries", "9003.TW", rank_before=4, rank_low_before=3, rank_high_before=5, score_before=29.0,
              event="becomes_unranked", reason="inputs below 60% of the weights; missing gross margin level: no sales"),
        _move("beneficiaries", "111111.KS", rank_before=1, rank_after=1, rank_change=0, log_rank_change=0.0,
              score_before=78.332, score_after=77.332, score_change=-1.0, event="score_only"),
        _move("compression", FORGE, rank_before=1, rank_after=2, rank_change=1, log_rank_change=math.log(2),
              rank_low_before=1, rank_high_before=2, score_before=70.3, score_after=30.0, score_change=-40.3,
              event="moves"),
        _move("compression", "111111.KS", rank_before=2, rank_after=1, rank_change=-1, log_rank_change=-math.log(2),
              rank_low_before=1, rank_high_before=3, score_before=34.0, score_after=34.0, score_change=0.0,
              event="moves"),
    ]
)  # fmt: skip
_VALUATION = f"funding-cut.multiple_change:gpu+funding-cut.growth_change:{FORGE}"
DRIVERS = models.SCENARIO_DRIVERS.frame(
    [
        _driver("111111.KS", "revenue_at_risk", (0.0004, 0.02), (0.333, -0.667), fields="funding-cut.funding_cut"),
        _driver(FORGE, "premium_over_warranted", (0.182, -0.018), (14.2, -18.1), fields=_VALUATION),
        _driver(FORGE, "expected_multiple_change", (-0.121, -0.09), (6.1, -1.9), fields=_VALUATION),
    ]
)  # fmt: skip
