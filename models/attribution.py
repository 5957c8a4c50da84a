"""Who pays a company's revenue: first-return attribution, cycling and environ measures."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

import numpy as np

from models.network import Matrix, Network, SealedNetworkError, Vector

__all__ = [
    "Attribution",
    "EnvironMeasures",
    "attribute_each",
    "attribute_group",
    "capital_market_origin",
    "cycling_index",
    "environ_measures",
    "finn_cycling_index",
]

MAX_RESIDUAL = 1e-9
"""Largest gap between the eight parts and the revenue (fraction of it); more is a fault, not rounding."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """Eight parts of revenue, each of shape (m,) in bn USD; they sum to revenue.

    `direct_ext` third-party revenue; `ext_revenue`, `ext_debt`, `ext_equity`, `cash_draw` other nodes'
    outside money by kind; `own_financing` the group's own investments and loans coming back;
    `own_purchases` its own purchases coming back; `intragroup` sales inside the group.
    """

    direct_ext: Vector
    ext_revenue: Vector
    ext_debt: Vector
    ext_equity: Vector
    cash_draw: Vector
    own_financing: Vector
    own_purchases: Vector
    intragroup: Vector

    @property
    def total(self) -> Vector:
        """Sum of the eight parts, bn USD."""
        parts: list[Vector] = [getattr(self, f.name) for f in fields(self)]
        return np.asarray(np.sum(parts, axis=0))

    @property
    def capital_market(self) -> Vector:
        """ext_debt + ext_equity + cash_draw: demand that ends when funding ends, bn USD."""
        return self.ext_debt + self.ext_equity + self.cash_draw

    @property
    def external(self) -> Vector:
        """direct_ext + ext_revenue: end customers and other third parties, bn USD."""
        return self.direct_ext + self.ext_revenue


def attribute_group(network: Network, group: Collection[int]) -> Attribution:
    """Attribute the revenue of the members of one group S of related nodes.

    With M the other nodes, ``N_M = (I - G_MM)^-1`` (paths that have not yet returned to S) and
    ``Gamma = C / T``: ``ext_revenue = zR_M N_M Gamma_MS``, debt, equity and cash draw alike,
    ``own_financing = (sum_s K_sM) N_M Gamma_MS``, ``own_purchases = (sum_s C_sM) N_M Gamma_MS``,
    ``direct_ext = zR_S``, ``intragroup = sum_s C_sS``. A dollar that circles twice counts once.

    Parameters
    ----------
    network
        A closed network.
    group
        Positions of the members of S.

    Returns
    -------
    Attribution
        Parts of shape (len(group),), bn USD, members in ascending position.

    Missing data
        A member without revenue has eight zeros.

    Raises
    ------
    SealedNetworkError
        When the parts do not sum to revenue.
    """
    n = len(network.nodes)
    S = np.array(sorted(set(group)), dtype=np.intp)
    M = np.array([i for i in range(n) if i not in set(group)], dtype=np.intp)
    gamma = network.commercial_shares[np.ix_(M, S)]
    into_S = np.linalg.solve(np.eye(len(M)) - network.shares[np.ix_(M, M)], gamma)
    parts = Attribution(
        direct_ext=network.outside_revenue[S],
        ext_revenue=network.outside_revenue[M] @ into_S,
        ext_debt=network.outside_debt[M] @ into_S,
        ext_equity=network.outside_equity[M] @ into_S,
        cash_draw=network.cash_draw[M] @ into_S,
        own_financing=network.financing[np.ix_(S, M)].sum(axis=0) @ into_S,
        own_purchases=network.commercial[np.ix_(S, M)].sum(axis=0) @ into_S,
        intragroup=network.commercial[np.ix_(S, S)].sum(axis=0),
    )
    return _sound(parts, network.revenue[S])


def attribute_each(network: Network) -> Attribution:
    """Attribute the revenue of every node on its own, S = {j}, with one inverse for all.

    The block inverse gives ``N_M = N_MM - N_Mj N_jM / N_jj``, so for any source row v
    ``v_M N_M Gamma_Mj = (v N Gamma)_j - (v N)_j (N Gamma)_jj / N_jj``: one matrix product and the pairs
    with a flow replace n inversions.

    Returns
    -------
    Attribution
        Parts of shape (n,), bn USD, in node order; `intragroup` is zero.

    Missing data
        A node without revenue has eight zeros.

    Raises
    ------
    SealedNetworkError
        When the parts of a node do not sum to its revenue.
    """
    N = network.visits
    H = N @ network.commercial_shares
    back = np.diag(H) / np.diag(N) if len(N) else np.zeros(0)

    def from_outside(v: Vector) -> Vector:
        return v @ H - (v @ N) * back

    def from_own(rows: Matrix) -> Vector:
        j, m = np.nonzero(rows)
        paid = rows[j, m]
        through_H = np.bincount(j, weights=paid * H[m, j], minlength=len(N))
        through_N = np.bincount(j, weights=paid * N[m, j], minlength=len(N))
        return np.asarray(through_H - through_N * back)

    parts = Attribution(
        direct_ext=network.outside_revenue.copy(),
        ext_revenue=from_outside(network.outside_revenue),
        ext_debt=from_outside(network.outside_debt),
        ext_equity=from_outside(network.outside_equity),
        cash_draw=from_outside(network.cash_draw),
        own_financing=from_own(network.financing),
        own_purchases=from_own(network.commercial),
        intragroup=np.zeros(len(N)),
    )
    return _sound(parts, network.revenue)


def _sound(parts: Attribution, revenue: Vector) -> Attribution:
    """Return the parts with rounding below zero removed, after proving that they sum to revenue."""
    allowed = MAX_RESIDUAL * np.maximum(revenue, np.finfo(np.float64).tiny)
    values = {f.name: getattr(parts, f.name) for f in fields(parts)}
    if any((v < -allowed).any() for v in values.values()) or (np.abs(parts.total - revenue) > allowed).any():
        gap = float(np.abs(parts.total - revenue).max())
        raise SealedNetworkError(
            f"the attribution does not sum to revenue: largest gap {gap:.3g} bn USD.",
            fix="A closed circle is nearly sealed; check its third-party revenue.",
        )
    return Attribution(**{name: np.maximum(v, 0.0) for name, v in values.items()})


def capital_market_origin(network: Network) -> Vector:
    """Return the share of each node's money that began as debt, equity or cash draw, anywhere upstream.

    ``kappa = (zD + zE + zB) N / T``, shape (n,), fraction in [0, 1]; 0 for a node without throughflow.
    It is what a supplier outside the ledger inherits from a customer inside it.
    """
    funded = (network.outside_debt + network.outside_equity + network.cash_draw) @ network.visits
    T = network.throughflow
    return np.minimum(np.divide(funded, T, out=np.zeros_like(T), where=T > 0), 1.0)


def cycling_index(network: Network) -> Vector:
    """Return ``c_j = 1 - 1 / N_jj``: the share of j's throughflow that passed through j before.

    Shape (n,), fraction in [0, 1). A node on no closed path has 0.
    """
    return 1.0 - 1.0 / np.maximum(np.diag(network.visits), 1.0)


def finn_cycling_index(network: Network) -> float | None:
    """Return ``FCI = sum(c T) / sum(T)``, fraction; None for a network without throughflow.

    It falls when third-party revenue is added: a figure of the system, not of a company.

    References
    ----------
    Finn 1976, J. Theor. Biol. 56:363.
    """
    total = float(network.throughflow.sum())
    return float(cycling_index(network) @ network.throughflow) / total if total > 0 else None


@dataclass(frozen=True)
class EnvironMeasures:
    """Whole-network measures under the names that ecological network analysis prints."""

    boundary: float
    total_throughflow: float
    total_with_boundary: float
    average_path_length: float
    finn_cycling_index: float
    boundary_intensity: float
    direct_intensity: float
    indirect_intensity: float
    indirect_to_direct: float | None
    first_passage: float
    cycled: float


def environ_measures(network: Network) -> EnvironMeasures | None:
    """Return the environ measures of a network, or None when nothing enters it.

    Boundary = sum(z), TST = sum(T), TSTp = TST + boundary, APL = TST / boundary, BFI = boundary / TST,
    DFI = sum(z G) / TST, IFI = sum(z (N - I - G)) / TST, mode 2 = FCI * TST,
    mode 1 = TST - boundary - mode 2.

    References
    ----------
    Names and cases as printed by the enaR vignette (CRAN 3.0.0); Borrett and Lau 2014.
    """
    z = network.outside
    boundary, tst = float(z.sum()), float(network.throughflow.sum())
    fci = finn_cycling_index(network)
    if boundary <= 0 or fci is None:
        return None
    direct = float((z @ network.shares).sum())
    indirect = tst - boundary - direct
    return EnvironMeasures(
        boundary=boundary,
        total_throughflow=tst,
        total_with_boundary=tst + boundary,
        average_path_length=tst / boundary,
        finn_cycling_index=fci,
        boundary_intensity=boundary / tst,
        direct_intensity=direct / tst,
        indirect_intensity=indirect / tst,
        indirect_to_direct=indirect / direct if direct > 0 else None,
        first_passage=tst - boundary - fci * tst,
        cycled=fci * tst,
    )
