"""What a fall of the labs' outside funding does to revenue: linear spending cut and take-or-pay clearing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exposures.errors import DataError
from models.clearing import clear_payments
from models.network import Matrix, Network, Vector

__all__ = ["Shock", "external_assets", "lab_funding_shock", "linear_shock", "take_or_pay_shortfall"]


@dataclass(frozen=True, eq=False)
class Shock:
    """First-order response of a network.

    Parameters
    ----------
    throughflow_change, revenue_change
        dT and dR, shape (n,), bn USD, <= 0 for a funding cut.
    revenue_at_risk
        RaR = -dR / R, shape (n,), fraction; 0 for a node without revenue.
    spending_cut
        -eta dT / T, shape (n,), fraction of its payments that a node stops.
    """

    throughflow_change: Vector
    revenue_change: Vector
    revenue_at_risk: Vector
    spending_cut: Vector


def linear_shock(
    network: Network,
    outside_change: Vector,
    *,
    elasticity: float = 1.0,
    financing_after: Matrix | None = None,
) -> Shock:
    """Return the response to a change of outside money and, if given, of financing between nodes.

    ``G~ = eta F' / T`` with ``F' = C + K'``; ``dT = (dz + colsum(K' - K)) (I - G~)^-1``;
    ``dR_j = sum_m dT_m eta C_mj / T_m``; ``RaR = -dR / R``. When K' = K this is the plain linear form.
    An investor who invests less keeps the money: its other payments do not rise.

    Parameters
    ----------
    network
        A closed network.
    outside_change
        dz, shape (n,), bn USD, negative for a cut.
    elasticity
        eta in [0, 1]: 1 passes a fall of inflow on in full, 0 buffers it.
    financing_after
        K', shape (n, n), bn USD, entrywise at most K.

    Raises
    ------
    DataError
        When eta is outside [0, 1] or K' exceeds K.

    References
    ----------
    Acemoglu, Akcigit and Kerr 2015 (NBER w21344): demand shocks travel from customers to suppliers.
    """
    if not 0 <= elasticity <= 1:
        raise DataError(
            f"spending elasticity {elasticity} is outside [0, 1].", fix="Mend [loop] in theme.toml."
        )
    K = network.financing if financing_after is None else financing_after
    if (network.financing < K).any():
        raise DataError("financing rises in a funding cut.", fix="Pass K' <= K.")
    T, R = network.throughflow, network.revenue
    rate = np.divide(elasticity, T, out=np.zeros_like(T), where=T > 0)
    first = np.asarray(outside_change, dtype=np.float64) + (K - network.financing).sum(axis=0)
    passed_on = (network.commercial + K) * rate[:, None]
    dT = np.linalg.solve((np.eye(len(T)) - passed_on).T, first)
    dR = (dT * rate) @ network.commercial
    at_risk = np.divide(-dR, R, out=np.zeros_like(R), where=R > 0)
    return Shock(dT, dR, at_risk + 0.0, -dT * rate + 0.0)


def lab_funding_shock(
    network: Network, labs: Sequence[int], *, funding_cut: float, elasticity: float = 1.0
) -> Shock:
    """Return the response when a share x of all funding of the labs stops.

    ``dz_k = -x (zD_k + zE_k + zB_k)`` for each lab k, and the financing edges into the labs fall by x too.
    A lab's cash draw zB is what it has promised to pay beyond every known inflow: funding that it must
    still find, so a funding stop takes it as well.

    Parameters
    ----------
    labs
        Positions of the labs.
    funding_cut
        x in [0, 1].

    Raises
    ------
    DataError
        When x or eta is outside [0, 1].
    """
    _check_cut(funding_cut)
    k = np.array(sorted(labs), dtype=np.intp)
    change, after = np.zeros(len(network.nodes)), network.financing.copy()
    outside = network.outside_debt + network.outside_equity + network.cash_draw
    change[k] = -funding_cut * outside[k]
    after[:, k] *= 1 - funding_cut
    return linear_shock(network, change, elasticity=elasticity, financing_after=after)


def take_or_pay_shortfall(
    network: Network, firm: Matrix, labs: Sequence[int], *, funding_cut: float
) -> Vector:
    """Return the contracted payments of the year that each node does not receive after the cut, bn USD.

    Eisenberg-Noe with L = firm commercial flows and e from `external_assets`. Contracts are paid before
    anything else and other costs of a payer are not known, so this is a lower bound; without a cut it is
    zero.

    Parameters
    ----------
    firm
        Shape (n, n), bn USD: the part of C under signed contracts.
    labs
        Positions of the labs.
    funding_cut
        x in [0, 1].

    Raises
    ------
    DataError
        When x is outside [0, 1] or firm flows exceed C.

    References
    ----------
    Eisenberg and Noe 2001, Management Science 47:236.
    """
    e = external_assets(network, firm, labs, funding_cut=funding_cut)
    return clear_payments(firm, e).shortfall_to


def external_assets(network: Network, firm: Matrix, labs: Sequence[int], *, funding_cut: float) -> Vector:
    """Return what each node can pay its firm contracts from besides other firm contracts, bn USD.

    ``e = zR + (1 - x on labs)(gap + zD + zE + financing received) + commercial inflow that is not firm``,
    shape (n,), with ``gap = max(firm payments - every known inflow, 0)``, the part of zB that contracts
    need: money without a known source for what can be called off is not there to pay what is owed. Without
    a cut e covers every contract.

    Raises
    ------
    DataError
        When x is outside [0, 1] or firm flows exceed C.
    """
    _check_cut(funding_cut)
    loose = network.commercial - firm
    if (loose < -1e-9).any():
        raise DataError("firm payments exceed commercial flows.", fix="Build both from the same flows.")
    keep = np.ones(len(network.nodes))
    keep[np.array(sorted(labs), dtype=np.intp)] = 1 - funding_cut
    known = network.throughflow - network.cash_draw
    gap = np.maximum(firm.sum(axis=1) - known, 0.0)
    funded = gap + network.outside_debt + network.outside_equity + network.financing.sum(axis=0)
    free = network.outside_revenue + np.maximum(loose, 0.0).sum(axis=0)
    return np.asarray(free + keep * funded)


def _check_cut(funding_cut: float) -> None:
    if not 0 <= funding_cut <= 1:
        raise DataError(f"funding cut {funding_cut} is outside [0, 1].", fix="Give a fraction, e.g. 0.5.")
