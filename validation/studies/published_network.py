"""The money-flow network: environ measures as enaR prints them, worked examples, random networks, the null model."""

from __future__ import annotations

import numpy as np

from models.attribution import attribute_each, environ_measures, finn_cycling_index
from models.cycles import capital_loops
from models.loop_null import loop_null
from models.network import Matrix, Network, Vector, close_network
from validation.study import Check, Study

__all__ = ["STUDIES"]

ENAR = "enaR vignette, CRAN 3.0.0"
METHODS = "methods note, section 1"
MEASURES = {
    "boundary": "Boundary", "total_throughflow": "TST", "total_with_boundary": "TSTp", "average_path_length": "APL",
    "finn_cycling_index": "FCI", "boundary_intensity": "BFI", "direct_intensity": "DFI",
    "indirect_intensity": "IFI", "indirect_to_direct": "ID.F", "first_passage": "mode1.F", "cycled": "mode2.F",
}  # fmt: skip
"""Our name of each measure and enaR's."""

OYSTER_FLOWS = np.array(
    [
        [0, 0, 0, 0, 0.5135, 15.791],
        [0, 0, 1.206, 1.206, 0, 0],
        [0, 0, 0, 0.6609, 0, 4.2403],
        [0, 0, 0, 0, 0.1721, 1.9076],
        [0, 0, 0, 0, 0, 0.3262],
        [0, 8.1721, 7.2745, 0.6431, 0, 0],
    ]
)
OYSTER_PRINTED = ("41.47", "83.5833", "125.0533", "2.015512", "0.1101686", "0.4961517", "0.1950689", "0.3087794",
                  "1.582925", "32.90504", "9.208256")  # fmt: skip
DETRITUS_VISITS = "1.3885039"
SHRIMP_FLOWS = np.array([[0, 0, 21.9, 0], [0, 0, 0, 79.6], [0, 15.3, 0, 0], [0, 52.9, 0, 0]])
SHRIMP_PRINTED = ("379.6", "549.3", "928.9", "1.44705", "0.1199863", "0.6910614", "0.1542493", "0.1546893",
                  "1.002852", "103.7915", "65.90846")  # fmt: skip
NETWORKS = 2_000
LEDGERS = 400
NODES = 30
PLANTED = 60
DRAWS = 19


def _printed(what: str, printed: str, found: float, source: str) -> Check:
    """Compare at the digits that are printed."""
    digits = len(printed.split(".")[1])
    text = f"{found:.{digits}f}"
    return Check(what, printed, text, abs(found - float(printed)) <= 0.5000001 * 10**-digits, source)


def _network(commercial: Matrix, financing: Matrix, *outside: Vector) -> Network:
    names = [str(i) for i in range(len(commercial))]
    zR, zD, zE = outside
    return close_network(names, commercial, financing, outside_revenue=zR, outside_debt=zD, outside_equity=zE)


def _trade(flows: Matrix, revenue: Vector) -> Network:
    """Return a network of sales alone, as of matter in a food web."""
    nothing = np.zeros_like(revenue)
    return _network(flows, np.zeros_like(flows), revenue, nothing, nothing)


def environ() -> Study:
    """The oyster reef and the marine coprophagy model of the enaR vignette, every printed figure."""
    checks = []
    cases = (
        ("oyster reef", OYSTER_FLOWS, np.array([41.47, 0, 0, 0, 0, 0]), OYSTER_PRINTED),
        ("marine coprophagy", SHRIMP_FLOWS, np.array([124.1, 255.5, 0, 0]), SHRIMP_PRINTED),
    )
    for name, flows, inflow, printed in cases:
        measures = environ_measures(_trade(flows, inflow))
        checks += [
            _printed(f"{name}: {word}", text, float(getattr(measures, ours)), ENAR)
            for (ours, word), text in zip(MEASURES.items(), printed, strict=True)
        ]
    visits = _trade(OYSTER_FLOWS, cases[0][2]).visits[5, 5]
    checks.append(_printed("oyster reef: N[Detritus, Detritus]", DETRITUS_VISITS, float(visits), ENAR))
    return Study("Published: environ measures", "Two closed networks, no draws.", tuple(checks))


def worked() -> Study:
    """The toy of the methods note to every printed digit, and two closed forms."""
    C, K = np.zeros((3, 3)), np.zeros((3, 3))
    K[0, 1], C[1, 2], C[2, 0], C[1, 0] = 10, 30, 20, 5
    net = _network(C, K, np.array([175.0, 13, 50]), np.array([0.0, 0, 15]), np.array([0.0, 17, 0]))
    parts, loops = attribute_each(net), capital_loops(net, length_bound=6)
    checks = [
        Check("toy: throughflow", "200, 40, 95", ", ".join(f"{t:g}" for t in net.throughflow),
              net.throughflow.tolist() == [200, 40, 95], METHODS),
        _printed("toy: direct_ext of NVDA", "175.0", float(parts.direct_ext[0]), METHODS),
        _printed("toy: ext_revenue", "14.203947", float(parts.ext_revenue[0]), METHODS),
        _printed("toy: ext_debt", "3.157895", float(parts.ext_debt[0]), METHODS),
        _printed("toy: ext_equity", "4.809211", float(parts.ext_equity[0]), METHODS),
        _printed("toy: own_financing", "2.828947", float(parts.own_financing[0]), METHODS),
        _printed("toy: lambda, %", "1.4145", float(parts.own_financing[0] / 2), METHODS),
        _printed("toy: FCI", "0.01238643", finn_cycling_index(net) or 0.0, METHODS),
        _printed("toy: probability of the pair", "0.00625", loops[1].probability, METHODS),
        _printed("toy: probability of the triangle", "0.0078947", loops[0].probability, METHODS),
        *_closed_forms(),
    ]  # fmt: skip
    return Study("Worked: the toy and closed forms", "Inputs of the methods note; no draws.", tuple(checks))


def _closed_forms() -> list[Check]:
    """L = K_AB C_BA / T_B, and the triangle with a side payment B -> A, on 1,000 random amounts each."""
    rng = np.random.default_rng(20261127)
    gaps = {"pair": 0.0, "triangle": 0.0}
    for _ in range(1000):
        C, K = np.zeros((3, 3)), np.zeros((3, 3))
        K[0, 1], C[1, 2], C[2, 0], C[1, 0] = rng.gamma(2.0, 5.0, 4)
        zR = rng.gamma(2.0, 20.0, 3)
        zero = np.zeros(3)
        net = _network(C, K, zR, zero, zero)
        T = net.throughflow
        exact = K[0, 1] * (C[1, 0] / T[1] + (C[1, 2] / T[1]) * (C[2, 0] / T[2]))
        gaps["triangle"] = max(gaps["triangle"], abs(attribute_each(net).own_financing[0] / exact - 1))
        C[1, 2] = C[2, 0] = 0
        net = _network(C, K, zR, zero, zero)
        exact = K[0, 1] * C[1, 0] / net.throughflow[1]
        gaps["pair"] = max(gaps["pair"], abs(attribute_each(net).own_financing[0] / exact - 1))
    return [
        Check(
            f"closed form of the {name}: largest relative gap",
            "below 1e-13",
            f"{gap:.1e}",
            gap < 1e-13,
            METHODS,
        )
        for name, gap in gaps.items()
    ]


def random_networks() -> Study:
    """Eight parts that sum to revenue, none negative, free of units, zero without cycles."""
    rng = np.random.default_rng(20261127)
    gap = units = acyclic = 0.0
    least = 0.0
    for k in range(NETWORKS):
        n = int(rng.integers(1, 13))
        C, K = (rng.random((n, n)) * (rng.random((n, n)) < 0.4) * 10 for _ in range(2))
        z = [rng.random(n) * (rng.random(n) < 0.6) * 20 for _ in range(3)]
        z[0] += 0.01
        if k % 4 == 0:  # every fourth network pays in one direction only
            C, K = np.triu(C), np.triu(K)
        for m in (C, K):
            np.fill_diagonal(m, 0)
        net = _network(C, K, *z)
        parts = attribute_each(net)
        gap = max(gap, float((np.abs(parts.total - net.revenue) / net.revenue).max()))
        least = min(least, *(float(getattr(parts, name).min()) for name in parts.__dataclass_fields__))
        scaled = attribute_each(_network(C * 1e3, K * 1e3, *(v * 1e3 for v in z)))
        shares = [p.own_financing / net.revenue for p in (parts,)]
        shares.append(scaled.own_financing / (net.revenue * 1e3))
        units = max(units, float(np.abs(shares[0] - shares[1]).max()))
        if k % 4 == 0:
            acyclic = max(acyclic, float((parts.own_financing + parts.own_purchases).max()))
    found = (
        ("largest |sum - R| / R", "below 5e-15", f"{gap:.1e}", gap < 5e-15),
        ("smallest part, bn USD", "0", f"{least:.1e}", least >= 0),
        ("own-financing share in other units: largest change", "below 1e-14", f"{units:.1e}", units < 1e-14),
        ("own parts without any cycle, bn USD", "0", f"{acyclic:.1e}", acyclic < 1e-14),
    )
    about = f"{NETWORKS:,} networks of 1 to 12 nodes, seed 20261127; every fourth without cycles."
    return Study("Random networks: attribution", about, tuple(Check(*row, METHODS) for row in found))


def _ledger(rng: np.random.Generator, planted: int) -> Network:
    """Return a ledger as thin as the bundled one (1.3 purchases and 0.5 financings a node) by chance.

    `planted` pairs of nodes finance and buy from each other on top.
    """
    layers = []
    for mean in (1.3, 0.5):
        layer = rng.random((NODES, NODES)) * (rng.random((NODES, NODES)) < mean / NODES) * 10
        np.fill_diagonal(layer, 0)
        layers.append(layer)
    C, K = layers
    for i in range(0, 2 * planted, 2):
        K[i, i + 1], C[i + 1, i] = 5.0, 5.0
    zero = np.zeros(NODES)
    return _network(C, K, rng.random(NODES) * 40 + 1, zero, zero)


def _p_values(planted: int, ledgers: int, bound: int) -> Vector:
    rng = np.random.default_rng([20261127, planted])
    nets = [_ledger(rng, planted) for _ in range(ledgers)]
    found = [loop_null(net, length_bound=bound, draws=DRAWS, seed=k) for k, net in enumerate(nets)]
    return np.array([null.p_value(1) for null in found if not null.reason])


def null_model() -> Study:
    """P-values of ledgers made by chance are uniform where they can be; planted loops are found."""
    by_chance = _p_values(0, LEDGERS, 6)
    size = float((by_chance <= 0.05).mean())
    error = 3 * float(np.sqrt(0.05 * 0.95 / len(by_chance)))
    power = {
        (bound, pairs): float((_p_values(pairs, PLANTED, bound) <= 0.05).mean())
        for bound in (2, 6)
        for pairs in (2, 4, 6)
    }
    checks = (
        Check("p at or below 5% in ledgers by chance, loops up to 6 edges", f"at most {0.05 + error:.1%}",
              f"{size:.1%}", size <= 0.05 + error, "exact by Besag and Clifford 1989; ties lower it"),
        Check("p at or below 5% with six planted pairs, loops of 2 edges", "above 80%", f"{power[2, 6]:.0%}",
              power[2, 6] > 0.8, "our choice"),
    )  # fmt: skip
    about = (
        f"{LEDGERS} ledgers of {NODES} nodes whose edges fall by chance (1.3 purchases and 0.5 financings a node), and"
        f" {PLANTED} each with pairs added that finance and buy from each other; {DRAWS} shuffles each, seed 20261127,"
        " statistic: sum of the loops' smallest edges."
    )
    rows = "\n".join(f"| {bound} | {pairs} | {value:.0%} |" for (bound, pairs), value in power.items())
    after = (
        "How often planted pairs are found at 5%. Among loops of many edges a few short ones drown: a large p with a bound"
        " of 6 says little, a small one says much.\n\n| longest loop, edges | planted pairs | found |\n|---|---|---|\n"
        + rows
    )
    return Study("Null model of the loops: size and power", about, checks, after)


STUDIES = (environ, worked, random_networks, null_model)
