"""Rank under each scenario and set the result beside the ranking without one, on the same market data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from exposures.theme import ExposureMap, Scenario, ScreenSettings
from models.composite import CompositeResult, composite
from models.scenario_moves import ScenarioMoves, scenario_moves, touched_screens
from models.tables import SCENARIO_DRIVERS, SCENARIO_MOVES
from screen.panel import PanelResult
from screen.score import Scores, score_models

__all__ = ["compare_scenarios"]

NO_DRAWS = 0
"""Ranks and scores do not depend on the draws behind the intervals."""


def compare_scenarios(
    exposure_map: ExposureMap,
    market: PanelResult,
    *,
    base: Scores,
    ranking: CompositeResult | None,
    screens: Mapping[str, ScreenSettings],
    scenarios: Sequence[Scenario],
    is_simulated: bool,
) -> ScenarioMoves:
    """Return what each scenario moves against `base`.

    1. Score under the scenario; a model that reads nothing it changes is taken from `base`.
    2. Rank anew the screens that weigh a component of which a value changed; the others stand.
    3. Compare.

    Parameters
    ----------
    base
        Scores without a scenario.
    ranking
        Ranking of `base`; None: it is made here, without intervals.
    screens
        Settings of every screen, custom weights included.
    scenarios
        Any number, combinations among them.
    """
    if not scenarios:
        return ScenarioMoves.empty()
    exposure_map = _without_draws(exposure_map)
    before = ranking or composite(base.components, base.memberships, screens=screens, seed=0, draws=NO_DRAWS)
    weights = {key: settings.weights for key, settings in screens.items()}
    parts = []
    for scenario in scenarios:
        scores = score_models(
            exposure_map,
            market,
            scenario=scenario,
            is_simulated=is_simulated,
            base=base,
            is_ranking_only=True,
        )
        touched = touched_screens(base.components, scores.components, weights)
        after = composite(
            scores.components,
            scores.memberships,
            screens={key: screens[key] for key in touched},
            seed=0,
            draws=NO_DRAWS,
        )
        parts.append(scenario_moves(scenario, before=before, after=after, memberships=scores.memberships))
    return ScenarioMoves(
        SCENARIO_MOVES.check(pl.concat([part.moves for part in parts])),
        SCENARIO_DRIVERS.check(pl.concat([part.drivers for part in parts])),
    )


def _without_draws(exposure_map: ExposureMap) -> ExposureMap:
    """Return the theme without the draws of the ledger: they move intervals of the loop, never a rank."""
    loop = exposure_map.theme.loop.model_copy(update={"draws": NO_DRAWS})
    return replace(exposure_map, theme=exposure_map.theme.model_copy(update={"loop": loop}))
