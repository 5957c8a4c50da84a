"""Many draws of a money-flow network closed, attributed and shocked at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from models.accounts import Accounts, Revenue
from models.flow_draws import FlowDraws
from models.flows import Flow
from models.network import MAX_NEGATIVE_VISIT, MAX_SPECTRAL_RADIUS, Matrix, Vector
from models.raised_money import RAISED_METRICS, Raised

__all__ = ["NetworkDraws", "draw_networks"]

BLOCK_CELLS = 4_000_000
"""Matrix cells of one block of draws: 32 MB for each of some ten working matrices."""

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class NetworkDraws:
    """What n nodes show in D draws; money in bn USD a year.

    Parameters
    ----------
    sales
        C_ij, shape (D, n, n): commercial payments.
    revenue, throughflow
        R and T, shape (D, n).
    own_financing, own_purchases, capital_market
        Parts of revenue, shape (D, n), as in `models.attribution.attribute_each`.
    cycling, origin, spending_cut
        Cycling index, capital-market origin and spending cut of the shock, shape (D, n), fractions.
    revenue_loss
        -dR of the funding shock, shape (D, n).
    finn
        Finn's cycling index, shape (D,), fraction; 0 where nothing flows.
    is_closed
        Shape (D,): False where money never leaves a circle; such a draw says nothing.
    """

    sales: Matrix
    revenue: Matrix
    throughflow: Matrix
    own_financing: Matrix
    own_purchases: Matrix
    capital_market: Matrix
    cycling: Matrix
    origin: Matrix
    spending_cut: Matrix
    revenue_loss: Matrix
    finn: Vector
    is_closed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Edges:
    """Distinct edges of one class: ends, and the 0/1 matrix (m, e) that sums flows on them."""

    payers: Index
    payees: Index
    sums: Matrix

    def of(self, amounts: Matrix, n: int) -> Matrix:
        """Return the flows of each draw as matrices, shape (D, n, n)."""
        full = np.zeros((len(amounts), n, n))
        full[:, self.payers, self.payees] = amounts @ self.sums
        return full


@dataclass(frozen=True, eq=False)
class _Frame:
    """What all draws share: edges, sums by receiver (m, n), stated figures (n,), the shock."""

    n: int
    commercial: _Edges
    financing: _Edges
    lent: Matrix
    market_debt: Matrix
    market_equity: Matrix
    revenue: Vector
    raised: dict[str, Vector]
    labs: Index
    cut: float
    elasticity: float


def draw_networks(
    base: Accounts,
    draws: FlowDraws,
    *,
    revenue: Mapping[str, Revenue],
    raised: Mapping[tuple[str, str], Raised],
    labs: Sequence[int],
    funding_cut: float,
    elasticity: float,
) -> NetworkDraws:
    """Return every measure of the loop for each draw, on the nodes of `base`.

    The books close as in `models.accounts.close_accounts`, the parts are those of
    `models.attribution.attribute_each`, the shock is `models.shock.lab_funding_shock`; inverses and
    solves run over a block of draws at once. Published revenue and published money raised stay fixed.

    Parameters
    ----------
    base
        Accounts of the base variant; they give the nodes.
    draws
        Drawn flows of the same case.
    labs
        Positions of the labs whose funding is cut by `funding_cut` in [0, 1].
    elasticity
        eta in [0, 1].

    Missing data
        A draw whose circle of money is sealed has ``is_closed`` False and means nothing.
    """
    at = {node: j for j, node in enumerate(base.network.nodes)}
    stated = np.array([revenue[node].bn_usd if node in revenue else 0.0 for node in at])
    frame = _Frame(
        n=len(at),
        commercial=_edges(draws.flows, at, "commercial"),
        financing=_edges(draws.flows, at, "financing"),
        lent=_into(draws.flows, at, lambda f: f.payer in at and _is_debt(f)),
        market_debt=_into(draws.flows, at, lambda f: f.payer not in at and f.kind != "equity"),
        market_equity=_into(draws.flows, at, lambda f: f.payer not in at and f.kind == "equity"),
        revenue=stated,
        raised={metric: _stated(raised, metric, at) for metric in RAISED_METRICS},
        labs=np.array(sorted(labs), dtype=np.intp),
        cut=funding_cut,
        elasticity=elasticity,
    )
    size = max(1, BLOCK_CELLS // max(len(at) ** 2, 1))
    starts = range(0, max(len(draws.amounts), 1), size)
    parts = [_block(frame, draws.amounts[start : start + size]) for start in starts]
    names = [f.name for f in fields(NetworkDraws)]
    return NetworkDraws(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def _is_debt(flow: Flow) -> bool:
    return flow.flow_class == "financing" and flow.kind != "equity"


def _edges(flows: Sequence[Flow], at: Mapping[str, int], flow_class: str) -> _Edges:
    pairs = {k: (at[f.payer], at[f.payee]) for k, f in enumerate(flows)
             if f.flow_class == flow_class and f.payer in at}  # fmt: skip
    distinct = {pair: e for e, pair in enumerate(dict.fromkeys(pairs.values()))}
    sums = np.zeros((len(flows), len(distinct)))
    for k, pair in pairs.items():
        sums[k, distinct[pair]] = 1.0
    ends = np.array(list(distinct), dtype=np.intp).reshape(-1, 2)
    return _Edges(ends[:, 0], ends[:, 1], sums)


def _into(flows: Sequence[Flow], at: Mapping[str, int], wanted: Callable[[Flow], bool]) -> Matrix:
    """Return the 0/1 matrix (m, n) that sums the wanted flows by receiver."""
    sums = np.zeros((len(flows), len(at)))
    for k, f in enumerate(flows):
        sums[k, at[f.payee]] = float(wanted(f))
    return sums


def _stated(raised: Mapping[tuple[str, str], Raised], metric: str, at: Mapping[str, int]) -> Vector:
    found = [raised.get((node, metric)) for node in at]
    return np.array([0.0 if r is None else r.amount.pick("base") for r in found])


def _outside(frame: _Frame, amounts: Matrix, K: Matrix) -> tuple[Matrix, Matrix]:
    """Return zD and zE, shape (D, n): published or ledger money, whichever is more, less that from nodes."""
    debt_in = amounts @ frame.lent
    equity_in = K.sum(axis=1) - debt_in

    def beyond(metric: str, inside: Matrix, market: Matrix) -> Matrix:
        return np.maximum(np.maximum(frame.raised[metric], inside + market) - inside, 0.0)

    zE = beyond("outside_equity_raised", equity_in, amounts @ frame.market_equity)
    zD = beyond("outside_debt_raised", debt_in, amounts @ frame.market_debt)
    rest = frame.raised["outside_debt_and_equity_raised"] - (zE + equity_in + zD + debt_in)
    return zD + np.maximum(rest, 0.0), zE


def _block(frame: _Frame, amounts: Matrix) -> NetworkDraws:
    C, K = frame.commercial.of(amounts, frame.n), frame.financing.of(amounts, frame.n)
    zR = np.maximum(frame.revenue - C.sum(axis=1), 0.0)
    zD, zE = _outside(frame, amounts, K)
    F = C + K
    inflow = F.sum(axis=1) + zR + zD + zE
    zB = np.maximum(F.sum(axis=2) - inflow, 0.0)
    T = inflow + zB
    scale = np.divide(1.0, T, out=np.zeros_like(T), where=T > 0)
    N, is_closed = _visits(F * scale[:, :, None])
    H = N @ (C * scale[:, :, None])
    first = np.diagonal(N, axis1=1, axis2=2)
    back = np.diagonal(H, axis1=1, axis2=2) / first
    funded = zD + zE + zB
    visited = _row(funded, N)

    def from_own(rows: Matrix) -> Matrix:
        through_H, through_N = ((rows * M.swapaxes(1, 2)).sum(axis=2) for M in (H, N))
        return np.asarray(np.maximum(through_H - through_N * back, 0.0))

    cycling = 1.0 - 1.0 / np.maximum(first, 1.0)
    cut, loss = _shock(frame, C, K, scale=scale, funded=funded, is_closed=is_closed)
    return NetworkDraws(
        sales=C,
        revenue=zR + C.sum(axis=1),
        throughflow=T,
        own_financing=from_own(K),
        own_purchases=from_own(C),
        capital_market=np.maximum(_row(funded, H) - visited * back, 0.0),
        cycling=cycling,
        origin=np.minimum(visited * scale, 1.0),
        spending_cut=cut,
        revenue_loss=loss,
        finn=_share((cycling * T).sum(axis=1), T.sum(axis=1)),
        is_closed=is_closed,
    )


def _row(v: Matrix, M: Matrix) -> Matrix:
    """Return v M draw by draw, shapes (D, n) and (D, n, n)."""
    return np.asarray((v[:, None, :] @ M)[:, 0, :])


def _share(part: Vector, whole: Vector) -> Vector:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0))


def _visits(G: Matrix) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return (I - G)^-1 of each draw and whether it proves rho(G) below the bound; I where it does not."""
    eye = np.eye(G.shape[1])
    try:
        N = np.linalg.inv(eye - G)
    except np.linalg.LinAlgError:
        N = np.stack([_inverse(eye - one) for one in G])
    is_sound = (N >= -MAX_NEGATIVE_VISIT).all(axis=(1, 2))
    is_sound &= N.sum(axis=2).max(axis=1, initial=0.0) < 1 / (1 - MAX_SPECTRAL_RADIUS)
    return np.where(is_sound[:, None, None], np.maximum(N, 0.0), eye), is_sound


def _inverse(matrix: Matrix) -> Matrix:
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(matrix, -1.0)


def _shock(
    frame: _Frame,
    C: Matrix,
    K: Matrix,
    *,
    scale: Matrix,
    funded: Matrix,
    is_closed: NDArray[np.bool_],
) -> tuple[Matrix, Matrix]:
    """Return the spending cut and the revenue loss of each draw, shape (D, n)."""
    labs, rate = frame.labs, frame.elasticity * scale
    after = K.copy()
    after[:, :, labs] *= 1 - frame.cut
    first = (after - K).sum(axis=1)
    first[:, labs] -= frame.cut * funded[:, labs]
    passed_on = (C + after) * rate[:, :, None] * is_closed[:, None, None]
    dT = np.linalg.solve((np.eye(frame.n) - passed_on).swapaxes(1, 2), first[:, :, None])[:, :, 0]
    return -dT * rate + 0.0, -_row(dT * rate, C) + 0.0
