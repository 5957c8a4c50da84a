"""Money-flow networks that several tests of the capex loop share."""

from __future__ import annotations

import numpy as np

from models.network import Network, close_network


def network(C, K, zR, zD=None, zE=None) -> Network:
    n = len(zR)
    zero = np.zeros(n)
    return close_network(
        [str(i) for i in range(n)],
        np.array(C, dtype=float),
        np.array(K, dtype=float),
        outside_revenue=np.array(zR, dtype=float),
        outside_debt=zero if zD is None else np.array(zD, dtype=float),
        outside_equity=zero if zE is None else np.array(zE, dtype=float),
    )


def toy() -> Network:
    """The worked example of the methods note: 0 chip maker, 1 lab, 2 cloud."""
    C, K = np.zeros((3, 3)), np.zeros((3, 3))
    K[0, 1], C[1, 2], C[2, 0], C[1, 0] = 10, 30, 20, 5
    return network(C, K, [175, 13, 50], [0, 0, 15], [0, 17, 0])


def random_network(rng: np.random.Generator, n: int | None = None) -> Network:
    n = n or int(rng.integers(1, 9))
    edges = [rng.random((n, n)) * (rng.random((n, n)) < 0.4) * 10 for _ in range(2)]
    for m in edges:
        np.fill_diagonal(m, 0)
    z = [rng.random(n) * (rng.random(n) < 0.6) * 20 for _ in range(3)]
    z[0] += 0.01
    return network(edges[0], edges[1], *z)
