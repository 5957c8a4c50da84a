"""The stress of the loop at scale: clearing of 2,000 nodes, DebtRank of 500, draws of the theme's size."""

from __future__ import annotations

from datetime import date

import numpy as np

from bench.limits import figure
from bench.side_by_side import compare
from exposures.theme import LoopSettings
from models.accounts import close_accounts
from models.bands import Band
from models.clearing import clear_payments
from models.debtrank import linear_debtrank
from models.flow_draws import draw_flows
from models.flows import Flow
from models.network_draws import draw_networks

__all__ = ["report"]

SEED = 11
NODES = 2000
CLEARING_LIMIT_SECONDS = 2.0
"""Issue of the release: clearing of 2,000 nodes under 2 s."""
DRAWS_LIMIT_SECONDS = 0.4
"""A standard run may spend this much on 400 draws of the theme's 60 nodes."""


def report() -> None:
    """Print the tables."""
    L, e = _liabilities(NODES)
    medians = compare(
        f"clearing, {NODES:,} nodes, {clear_payments(L, e).is_default.sum()} defaults",
        {
            "Eisenberg-Noe": lambda: clear_payments(L, e),
            "Rogers-Veraart, alpha = beta = 0.8": lambda: clear_payments(
                L, e, asset_recovery=0.8, claim_recovery=0.8
            ),
        },
        rounds=3,
    )
    for name, seconds in medians.items():
        figure(f"{name}, {NODES:,} nodes", seconds, "s", CLEARING_LIMIT_SECONDS)
    leverage = np.random.default_rng(SEED).random((500, 500)) * 1.6 / 500
    compare(
        "linear DebtRank, 500 nodes; most of it is the spectral radius",
        {"linear_debtrank": lambda: linear_debtrank(leverage, np.full(500, 0.01))},
        rounds=3,
    )
    flows = _flows(60, 140)
    seconds = compare(
        "draws of the loop, 60 nodes, 140 flows, 400 draws",
        {"draw, close, attribute and shock": lambda: _draws(flows, 400)},
        rounds=3,
    )
    figure("400 draws of 60 nodes", next(iter(seconds.values())), "s", DRAWS_LIMIT_SECONDS)


def _liabilities(n: int) -> tuple[np.ndarray, np.ndarray]:
    """About eight creditors a node; money for two thirds of what is owed, so that a cascade runs."""
    rng = np.random.default_rng(SEED)
    L = rng.gamma(1.0, 1.0, (n, n)) * (rng.random((n, n)) < 8 / n)
    np.fill_diagonal(L, 0.0)
    return L, rng.gamma(0.5, 4.0, n)


def _flows(nodes: int, count: int) -> list[Flow]:
    rng = np.random.default_rng(SEED)
    found = []
    for k in range(count):
        payer, payee = rng.choice(nodes, 2, replace=False)
        amount = float(rng.gamma(1.0, 5.0))
        band = Band(amount, amount, amount)
        kind = "equity" if k % 4 == 0 else "cloud_contract"
        found.append(
            Flow(
                flow_id=f"D{k}", payer=f"n{payer}", payee=f"n{payee}", kind=kind,
                flow_class="financing" if kind == "equity" else "commercial",
                status=("definitive", "announced", "media_reported")[k % 3], ledger=band, completed=band, stock=None,
                barred="", is_assumed=False, ids=(f"D{k}",), source="made up", grade="ABC"[k % 3],
                known_at=date(2026, 1, 1), ends=None, note="",
            )
        )  # fmt: skip
    return found


def _draws(flows: list[Flow], draws: int) -> object:
    kinds = {node: "private" for flow in flows for node in (flow.payer, flow.payee)}
    base = close_accounts(flows, case="ledger", variant="base", kinds=kinds, revenue={}, raised={})
    drawn = draw_flows(
        flows, case="ledger", settings=LoopSettings(), draws=draws, rng=np.random.default_rng(SEED)
    )
    return draw_networks(base, drawn, revenue={}, raised={}, labs=[0, 1], funding_cut=0.5, elasticity=1.0)
