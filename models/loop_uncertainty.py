"""How sure the shares of the loop are: median, 5-95% and P(zero) over draws of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exposures.theme import LoopSettings
from models.accounts import Revenue
from models.flow_draws import draw_flows
from models.flows import Flow
from models.loop_components import KEYS, LoopRun, Spread, read_component
from models.network import Matrix, Vector
from models.network_draws import NetworkDraws, draw_networks
from models.raised_money import Raised
from models.segment_channel import ROUNDING, Linkage
from models.tables import LOOP_UNCERTAINTY

__all__ = ["FINN", "NETWORK", "LoopDraws", "draw_loop", "spreads", "uncertainty_table"]

NETWORK = "NETWORK"
"""Stands in `node` where a figure is one of the whole network."""
FINN = "finn_index"
QUANTILES = (0.05, 0.5, 0.95)

NO_DRAWS = "no draws: [loop] draws is 0"
SEALED = "in more than half of the draws money never leaves a circle of nodes"
EMPTY = "no flow is summed"


@dataclass(frozen=True, eq=False)
class LoopDraws:
    """Draws of every figure that the base run has.

    Parameters
    ----------
    case
        Case of the base run.
    base
        (node, metric) -> value of the base run, None with `reasons` where it has none.
    reasons
        (node, metric) -> why there is no value or no draw.
    values
        (node, metric) -> shape (D,), fraction, closed draws only.
    """

    case: str
    base: Mapping[tuple[str, str], float | None]
    reasons: Mapping[tuple[str, str], str]
    values: Mapping[tuple[str, str], Vector]


def draw_loop(
    run: LoopRun,
    *,
    flows: Sequence[Flow],
    links: Mapping[str, Linkage],
    revenue: Mapping[str, Revenue],
    raised: Mapping[tuple[str, str], Raised],
    labs: Sequence[int],
    finn_index: float | None,
    funding_cut: float,
    settings: LoopSettings,
    seed: int,
) -> LoopDraws:
    """Return draws of own financing, own purchases, capital markets, cycling, revenue at risk and Finn.

    Each draw closes the whole network again and attributes it: shares are never computed from flows
    weighted by probability (with a deal of 50% that gives 1.41% where the mean is 1.11% and the median 0;
    methods, section 1.6). A supplier's stated exposure that no deal and no customer share covers falls on
    the payers with shares ~ Dirichlet around what they pay suppliers in that draw.

    Parameters
    ----------
    run
        Base variant of a case.
    flows, links, revenue, raised
        As for the base run.
    labs
        Positions of the labs in the run's network.
    finn_index
        Finn's index of the base run.
    funding_cut, settings
        The shock, and spreads and probabilities of the theme.
    seed
        Seed of the generator.

    Missing data
        A figure without a base value has the base run's reason and no draws. Draws whose circle of money
        is sealed are left out; with fewer than half left there are none, with the reason.
    """
    base, reasons = _base(run, links)
    base[NETWORK, FINN] = finn_index
    if finn_index is None:
        reasons[NETWORK, FINN] = run.accounts.sealed or EMPTY
    if settings.draws == 0 or finn_index is None:
        why = NO_DRAWS if settings.draws == 0 else EMPTY
        return LoopDraws(run.accounts.case, base, {**dict.fromkeys(base, why), **reasons}, {})
    rng = np.random.default_rng(seed)
    drawn = draw_flows(flows, case=run.accounts.case, settings=settings, draws=settings.draws, rng=rng)
    net = draw_networks(
        run.accounts,
        drawn,
        revenue=revenue,
        raised=raised,
        labs=labs,
        funding_cut=funding_cut,
        elasticity=settings.spending_elasticity,
    )
    if 2 * net.is_closed.sum() < settings.draws:
        return LoopDraws(run.accounts.case, base, {**dict.fromkeys(base, SEALED), **reasons}, {})
    values = _values(run, net, links, wanted=base, concentration=settings.split_concentration, rng=rng)
    return LoopDraws(run.accounts.case, base, reasons, {k: v[net.is_closed] for k, v in values.items()})


def _everyone(run: LoopRun, links: Mapping[str, Linkage]) -> dict[str, Linkage]:
    """Return the links of the theme and those of the other nodes of the network."""
    outside = [node for node in run.accounts.network.nodes if node not in links]
    return {**links, **{node: Linkage(node, "node", None, (), None) for node in outside}}


def _base(
    run: LoopRun, links: Mapping[str, Linkage]
) -> tuple[dict[tuple[str, str], float | None], dict[tuple[str, str], str]]:
    values: dict[tuple[str, str], float | None] = {}
    reasons: dict[tuple[str, str], str] = {}
    for node, link in _everyone(run, links).items():
        for key in KEYS:
            got = read_component(run, link, links, key)
            values[node, key] = got.value
            if got.value is None:
                reasons[node, key] = got.reason or ""
    return values, reasons


def _values(
    run: LoopRun,
    net: NetworkDraws,
    links: Mapping[str, Linkage],
    *,
    wanted: Mapping[tuple[str, str], float | None],
    concentration: float,
    rng: np.random.Generator,
) -> dict[tuple[str, str], Vector]:
    """Return the draws of every figure of `wanted` that has a base value."""
    everyone = _everyone(run, links)
    mixes = _payer_mixes(run, net, links, concentration=concentration, rng=rng)
    found: dict[tuple[str, str], Vector] = {}
    for node, link in everyone.items():
        j = run.accounts.measured(node)
        for key, read in _DRAWN.items():
            if wanted[node, key] is not None:
                found[node, key] = read(_Reading(run, net, link, j, mixes.get(node)))
    return {**found, (NETWORK, FINN): net.finn}


@dataclass(frozen=True, eq=False)
class _Reading:
    """One company in all draws: its place if measured, and the payers' mix for its uncovered exposure."""

    run: LoopRun
    net: NetworkDraws
    link: Linkage
    j: int | None
    mix: Matrix | None

    def of_revenue(self, part: Matrix) -> Vector | None:
        """Return part / R of the company, None when it is not measured."""
        return None if self.j is None else part[:, self.j] / self.net.revenue[:, self.j]

    def inherited(self, own: Vector | None, rates: Matrix) -> Vector:
        """Return own plus what comes over stated shares, as `models.segment_channel.inherit`."""
        nodes, draws = self.run.accounts.network.nodes, len(rates)
        at = {node: i for i, node in enumerate(nodes)}
        value = np.zeros(draws) if own is None else own.copy()
        deals = np.zeros((draws, len(nodes)))
        if self.j is not None:
            deals = self.net.sales[:, :, self.j] / self.net.revenue[:, self.j, None]
        covered = deals.sum(axis=1)
        for customer, share in self.link.customers:
            if customer in at and customer != self.link.ticker:
                is_open = deals[:, at[customer]] == 0
                value += np.where(is_open, share * rates[:, at[customer]], 0.0)
                covered = covered + np.where(is_open, share, 0.0)
        if self.mix is not None:
            value += np.maximum((self.link.exposure or 0.0) - covered, 0.0) * (self.mix * rates).sum(axis=1)
        return value


def _own(part: Callable[[NetworkDraws], Matrix]) -> Callable[[_Reading], Vector]:
    def read(one: _Reading) -> Vector:
        return np.asarray(one.of_revenue(part(one.net)))

    return read


_DRAWN: dict[str, Callable[[_Reading], Vector]] = {
    "own_financing_share": _own(lambda net: net.own_financing),
    "own_purchase_share": _own(lambda net: net.own_purchases),
    "capital_market_share": lambda one: one.inherited(one.of_revenue(one.net.capital_market), one.net.origin),
    "cycling_index": lambda one: np.asarray(one.net.cycling[:, one.j]),
    "revenue_at_risk": lambda one: one.inherited(one.of_revenue(one.net.revenue_loss), one.net.spending_cut),
}


def _payer_mixes(
    run: LoopRun,
    net: NetworkDraws,
    links: Mapping[str, Linkage],
    *,
    concentration: float,
    rng: np.random.Generator,
) -> dict[str, Matrix]:
    """Return for each supplier with a stated exposure the drawn weights of the payers, shape (D, n).

    With assumptions only, as the payers' average of the base run: the ledger alone lacks the purchases.
    """
    if run.accounts.case == "ledger":
        return {}
    nodes = run.accounts.network.nodes
    is_payer = np.array([node in links and links[node].role == "payer" for node in nodes], dtype=bool)
    paid = net.sales.sum(axis=2) * is_payer
    total = paid.sum(axis=1, keepdims=True)
    mean = np.divide(paid, total, out=np.zeros_like(paid), where=total > 0)
    payers = np.flatnonzero(is_payer)
    found: dict[str, Matrix] = {}
    for ticker, link in links.items():
        if link.role == "supplier" and link.exposure:
            drawn = rng.standard_gamma(concentration * mean[:, payers])
            sums = drawn.sum(axis=1, keepdims=True)
            full = np.zeros_like(mean)
            full[:, payers] = np.divide(drawn, sums, out=np.zeros_like(drawn), where=sums > 0)
            found[ticker] = full
    return found


def uncertainty_table(cases: Sequence[LoopDraws]) -> pl.DataFrame:
    """Return LOOP_UNCERTAINTY: one row for each case and figure of each node.

    Quantiles are order statistics (the smallest draw that at least that share of the draws does not
    exceed), so a share that is zero in half of the draws has a median of exactly zero.

    Missing data
        A figure without draws has nulls and the reason.
    """
    return LOOP_UNCERTAINTY.frame([row for draws in cases for row in _rows(draws)])


def _rows(draws: LoopDraws) -> list[dict[str, object]]:
    keys = list(draws.values)
    drawn = np.column_stack([draws.values[key] for key in keys]) if keys else np.zeros((1, 0))
    # One order statistic of all columns at once; interpolation would invent values between two masses.
    low, median, high = np.quantile(drawn, QUANTILES, axis=0, method="inverted_cdf").tolist()
    mean, error = drawn.mean(axis=0).tolist(), drawn.std(axis=0).tolist()
    zero = (drawn <= ROUNDING).mean(axis=0).tolist()
    place = {key: k for k, key in enumerate(keys)}
    rows: list[dict[str, object]] = []
    for (node, metric), base in draws.base.items():
        row: dict[str, object] = {"node": node, "metric": metric, "case": draws.case, "value": base}
        k = place.get((node, metric))
        if k is None:
            rows.append({**row, "reason": draws.reasons[node, metric]})
        else:
            found = (mean[k], median[k], low[k], high[k], error[k] if error[k] > ROUNDING else 0.0)
            names = ("mean", "median", "low", "high", "standard_error")
            rows.append(
                {**row, **dict(zip(names, found, strict=True)), "p_zero": zero[k], "draws": len(drawn)}
            )
    return rows


def spreads(uncertainty: pl.DataFrame) -> dict[tuple[str, str], Spread]:
    """Return by (ticker, component) the interval and the standard error that the draws give."""
    known = uncertainty.filter((pl.col("case") == "with_assumptions") & pl.col("draws").is_not_null())
    known = known.select("node", "metric", "low", "high", "standard_error")
    return {(node, key): Spread(low, high, error) for node, key, low, high, error in known.iter_rows()}
