"""What comparing every scenario of the theme costs, with and without sharing what a scenario leaves alone."""

from __future__ import annotations

from datetime import date

from bench.side_by_side import compare
from exposures.load import load_theme
from models.composite import composite
from screen.compare import compare_scenarios
from screen.market.protocol import MarketRequest, companies_of
from screen.market.sample import SampleSource
from screen.panel import build_panel
from screen.score import score_models

__all__ = ["report"]

AS_OF = date(2026, 8, 21)
ROUNDS = 3


def report() -> None:
    """Print the table."""
    theme = load_theme("multicloud-gpu", as_of=AS_OF)
    data = SampleSource().fetch(MarketRequest(tuple(companies_of(theme.companies)), AS_OF))
    market = build_panel(data, theme.companies, theme.figures, as_of=AS_OF)
    screens = theme.theme.screen
    base = score_models(theme, market, scenario=None, is_simulated=True)
    ranking = composite(base.components, base.memberships, screens=screens, seed=0, draws=0)

    def shared() -> object:
        return compare_scenarios(
            theme, market, base=base, ranking=ranking, screens=screens, scenarios=theme.scenarios,
            is_simulated=True,
        )  # fmt: skip

    def anew() -> None:
        for scenario in theme.scenarios:
            scores = score_models(theme, market, scenario=scenario, is_simulated=True)
            composite(scores.components, scores.memberships, screens=screens, seed=0, draws=0)

    compare(
        f"{len(theme.scenarios)} scenarios against the run without, sample of 121 names",
        {"shared: what a scenario leaves alone is kept": shared, "every model and screen anew": anew},
        rounds=ROUNDS,
    )
