"""What a funding stop costs shareholders: own losses, write-downs, and losses that travel along claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.clearing_grid import Stress
from models.commitments import Commitment, claims_matrix
from models.debtrank import DebtRank, leverage_matrix, linear_debtrank
from models.loop_components import LoopRun, at_risk
from models.network import Matrix, Vector
from models.segment_channel import Linkage
from models.shock import lab_funding_shock
from models.tables import EQUITY_AT_RISK

__all__ = ["LGD_MEAN", "LGD_RANGE", "equity_at_risk"]

BILLION = 1e9
LGD_SHAPE = 3.0
"""Loss given default of vendor finance ~ Beta(3, 1), density 3 x^2: mean .75, 5-95% .37 to .98. Wide, because
the telecom defaults of 2000-2003 left a third to four fifths of vendor loans uncollected (figure F169), and
a stake in a failed lab ranks behind its loans; methods, section 1.5."""
LGD_MEAN = LGD_SHAPE / (LGD_SHAPE + 1)
LGD_RANGE = (0.05 ** (1 / LGD_SHAPE), 0.95 ** (1 / LGD_SHAPE))
"""Quantiles of Beta(k, 1) are q^(1/k); losses rise with the loss given default, so theirs follow exactly."""
TAX_RATE = 0.21
"""US federal rate, as for stated gains."""
BASES = {"book": "equity_usd", "market": "market_cap_usd"}

PRIVATE = "no accounts in the panel: not listed"


@dataclass(frozen=True, eq=False)
class _World:
    """Who is looked at, with claims at cost (n, n) in bn USD; the panel's figures by node, NaN unknown."""

    nodes: tuple[str, ...]
    claims: Matrix
    unsized: Mapping[str, tuple[str, ...]]
    is_listed: tuple[bool, ...]
    revenue: Vector
    margin: Vector
    equity: Mapping[str, Vector]
    sealed: str


@dataclass(frozen=True, eq=False)
class _Losses:
    """Losses at one cut, shape (n,), bn USD; NaN revenue loss is unknown, with the reason."""

    cut: float
    revenue: Vector
    reasons: tuple[str | None, ...]
    write_down: Vector
    defaulted: frozenset[str]


def equity_at_risk(
    run: LoopRun,
    *,
    links: Mapping[str, Linkage],
    stresses: Sequence[Stress],
    labs: Sequence[int],
    elasticity: float,
    given: Sequence[Commitment],
    panel: pl.DataFrame,
    window_years: int,
) -> pl.DataFrame:
    """Return EQUITY_AT_RISK: every company of the theme and node of the network, on book and market value.

    ``h_i(0) = min(1, (LGD W_i + (1 - tax) margin_i dR_i) / E_i)``: W are claims at cost (stakes, loans) on
    parties that default in clearing and have no known equity of their own, and the calls on guarantees
    over the window; dR is the linear revenue loss. Then linear DebtRank over ``Lambda_ij = A_ij / E_i``
    between companies with equity: ``h(t+1) = min(1, h(t) + Lambda [h(t) - h(t-1)])``.

    Parameters
    ----------
    run
        Base run of a case.
    links
        Linkages of the theme.
    stresses
        Cells of the same case; those with default costs are read.
    labs, elasticity
        As for the base run.
    given
        Stakes, loans and guarantees that stand.
    panel
        Table PANEL: equity, market value, gross margin (stands for the contribution margin), revenue.
    window_years
        Years over which a guarantee called every year is drawn.

    Missing data
        Equity that is unknown or not positive gives null losses with the reason. With an unknown revenue
        loss or margin the losses hold the write-downs alone and the note says so. Receivables by customer
        are not disclosed and left out: all figures are lower bounds. Where the books of the network cannot
        be closed there is no loss, with the reason.

    References
    ----------
    Bardoscia, Battiston, Caccioli and Caldarelli 2015, PLoS ONE 10(6):e0130406.
    """
    world = _world(run, links, given, panel)
    rows: list[dict[str, object]] = []
    for stress in (s for s in stresses if s.has_default_costs):
        shock = lab_funding_shock(
            run.accounts.network, labs, funding_cut=stress.funding_cut, elasticity=elasticity
        )
        losses = _losses(world, replace(run, shock=shock), links, stress, years=window_years)
        rows += [row for basis in BASES for row in _rows(world, losses, basis)]
    return EQUITY_AT_RISK.frame(rows)


def _world(
    run: LoopRun, links: Mapping[str, Linkage], given: Sequence[Commitment], panel: pl.DataFrame
) -> _World:
    nodes = (*links, *(node for node in run.accounts.network.nodes if node not in links))
    known = {row["ticker"]: row for row in panel.iter_rows(named=True)}

    def figure(column: str, unit: float = 1.0) -> Vector:
        found = [known[node][column] if node in known else None for node in nodes]
        return np.array([np.nan if v is None else v / unit for v in found])

    revenue = figure("revenue_ttm_usd", BILLION)
    for j, node in enumerate(nodes):
        at = run.accounts.measured(node)
        if at is not None:
            revenue[j] = run.accounts.network.revenue[at]
    unsized: dict[str, tuple[str, ...]] = {}
    for c in given:
        if c.paid_bn_usd is None:
            unsized[c.giver] = (*unsized.get(c.giver, ()), c.flow_id)
    return _World(
        nodes=nodes,
        claims=claims_matrix(given, nodes),
        unsized=unsized,
        is_listed=tuple(node in known for node in nodes),
        revenue=revenue,
        margin=figure("gross_margin"),
        equity={basis: figure(column, BILLION) for basis, column in BASES.items()},
        sealed=run.accounts.sealed,
    )


def _losses(
    world: _World, run: LoopRun, links: Mapping[str, Linkage], stress: Stress, *, years: int
) -> _Losses:
    risks = [at_risk(run, links[n], links) if n in links else None for n in world.nodes]
    share = np.array([np.nan if r is None or r.value is None else r.value for r in risks])
    calls = np.zeros(len(world.nodes))
    at = {node: i for i, node in enumerate(world.nodes)}
    for call in stress.calls:
        if call.claim.giver in at:
            calls[at[call.claim.giver]] += (call.called or 0.0) * years
    defaulted = frozenset(stress.nodes[j] for j in np.flatnonzero(stress.base.is_default))
    return _Losses(
        cut=stress.funding_cut,
        revenue=share * world.revenue,
        reasons=tuple(None if r is None else r.reason for r in risks),
        write_down=calls,
        defaulted=defaulted,
    )


def _rows(world: _World, losses: _Losses, basis: str) -> list[dict[str, object]]:
    E = world.equity[basis]
    bears = np.isfinite(E) & (E > 0)
    ruined = np.array([n in losses.defaulted and not ok for n, ok in zip(world.nodes, bears, strict=True)])
    written = losses.write_down + world.claims @ ruined.astype(np.float64)
    operating = np.maximum((1 - TAX_RATE) * world.margin, 0.0) * losses.revenue
    points = (LGD_MEAN, *LGD_RANGE)
    initial = [_initial(lgd * written + np.nan_to_num(operating), E, bears) for lgd in points]
    spread = [_spread(world.claims, E, bears, h) for h in initial]
    rank = spread[0][1]
    rows: list[dict[str, object]] = []
    for i, node in enumerate(world.nodes):
        row: dict[str, object] = {
            "node": node,
            "funding_cut": losses.cut,
            "basis": basis,
            "equity_bn_usd": _known(E[i]),
            "revenue_loss_bn_usd": _known(losses.revenue[i]),
            "write_down_bn_usd": None if world.sealed else float(written[i]),
        }
        reason, note = _absence(
            world, losses, i, basis=basis, is_known=np.isfinite(operating[i]), written=written
        )
        if reason:
            rows.append({**row, "reason": reason})
            continue
        final = [float(h[i]) for h, _ in spread]
        rows.append(
            {
                **row,
                "initial_loss": float(initial[0][i]),
                "final_loss": final[0],
                "final_low": final[1],
                "final_high": final[2],
                "steps": rank.steps,
                "spectral_radius": rank.spectral_radius,
                "is_unstable": rank.is_unstable,
                "note": note,
            }
        )
    return rows


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _initial(loss: Vector, E: Vector, bears: NDArray[np.bool_]) -> Vector:
    share = np.divide(loss, E, out=np.zeros_like(loss), where=bears)
    return np.minimum(share, 1.0)


def _spread(A: Matrix, E: Vector, bears: NDArray[np.bool_], initial: Vector) -> tuple[Vector, DebtRank]:
    """Return the losses of all after DebtRank between those with equity and a claim on either side."""
    linked = bears & ((A[:, bears] > 0).any(axis=1) | (A[bears] > 0).any(axis=0))
    k = np.flatnonzero(linked)
    rank = linear_debtrank(leverage_matrix(A[np.ix_(k, k)], E[k]), initial[k])
    final = initial.copy()
    final[k] = rank.losses
    return final, rank


def _absence(
    world: _World, losses: _Losses, i: int, *, basis: str, is_known: bool, written: Vector
) -> tuple[str | None, str | None]:
    """Return why a node has no losses, and what its losses leave out."""
    if world.sealed:
        return world.sealed, None
    E, word = world.equity[basis][i], "book equity" if basis == "book" else "market value"
    if not world.is_listed[i]:
        return PRIVATE, None
    if not np.isfinite(E):
        return f"{word} not known", None
    if E <= 0:
        return f"{word} is {E:.3g} bn USD: none is left to lose, and leverage has no meaning", None
    unsized = world.unsized.get(world.nodes[i], ())
    notes = [f"paid amount not known: {', '.join(unsized)}"] if unsized else []
    if not is_known:
        has_loss = np.isfinite(losses.revenue[i])
        why = "gross margin not known" if has_loss else losses.reasons[i] or "yearly revenue not known"
        if written[i] <= 0 and not world.claims[i].any():
            return f"own loss not known: {why}", None
        notes.insert(0, f"claims alone, own loss not known: {why}")
    return None, "; ".join(notes) or None
