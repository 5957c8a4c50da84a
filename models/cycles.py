"""Closed paths of money: elementary cycles of bounded length, and those that are capital loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exposures.errors import DataError
from models.network import Matrix, Network

__all__ = ["MAX_CYCLES", "Loop", "capital_cycles", "capital_loops", "elementary_cycles", "strong_components"]

MAX_CYCLES = 100_000
"""More loops than anyone can read, and a minute of search: the bound is then too long for the network."""


@dataclass(frozen=True)
class Loop:
    """One capital loop: positions in order (not repeated), smallest flow (bn USD), probability."""

    nodes: tuple[int, ...]
    bottleneck: float
    probability: float

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """(payer, payee) positions, the last edge returning to the start."""
        return tuple(zip(self.nodes, self.nodes[1:] + self.nodes[:1], strict=True))


def strong_components(successors: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the strongly connected components, each sorted, in order of their first node.

    Two depth-first passes without recursion (Kosaraju); any ledger size is safe.
    """
    n = len(successors)
    predecessors: list[list[int]] = [[] for _ in range(n)]
    for i, targets in enumerate(successors):
        for j in targets:
            predecessors[j].append(i)
    component = [-1] * n
    found: list[list[int]] = []
    for root in reversed(_finish_order(successors)):
        if component[root] >= 0:
            continue
        members, stack = [], [root]
        component[root] = len(found)
        while stack:
            node = stack.pop()
            members.append(node)
            for before in predecessors[node]:
                if component[before] < 0:
                    component[before] = len(found)
                    stack.append(before)
        found.append(sorted(members))
    return sorted(found)


def _finish_order(successors: Sequence[Sequence[int]]) -> list[int]:
    """Return nodes in the order in which a depth-first search leaves them."""
    seen, order = [False] * len(successors), []
    for start in range(len(successors)):
        if seen[start]:
            continue
        seen[start] = True
        stack = [(start, iter(successors[start]))]
        while stack:
            node, targets = stack[-1]
            following = next((j for j in targets if not seen[j]), None)
            if following is None:
                order.append(node)
                stack.pop()
            else:
                seen[following] = True
                stack.append((following, iter(successors[following])))
    return order


def elementary_cycles(
    adjacency: NDArray[np.bool_], *, length_bound: int, limit: int = MAX_CYCLES
) -> list[tuple[int, ...]]:
    """Return every elementary cycle of 2 to `length_bound` edges, each from its smallest node.

    The search stays inside a strongly connected component and leaves a path as soon as the shortest
    way home would break the bound.

    Parameters
    ----------
    adjacency
        Shape (n, n), True where i pays j; the diagonal is ignored.
    length_bound
        Longest cycle, in edges.
    limit
        Most cycles that are listed.

    Raises
    ------
    DataError
        When there are more than `limit`.

    References
    ----------
    Johnson 1975, SIAM J. Comput. 4:77, for the problem; the bound makes plain search enough.
    """
    n = len(adjacency)
    successors: list[list[int]] = [[] for _ in range(n)]
    predecessors: list[list[int]] = [[] for _ in range(n)]
    for i, j in zip(*(side.tolist() for side in np.nonzero(adjacency)), strict=True):
        if i != j:
            successors[i].append(j)
            predecessors[j].append(i)
    cycles: list[tuple[int, ...]] = []
    for members in strong_components(successors):
        inside = frozenset(members)
        for start in members if len(members) > 1 else ():
            home = _steps_home(start, predecessors, inside, length_bound)
            cycles.extend(_from(start, successors, home, length_bound, limit - len(cycles)))
    return sorted(cycles, key=lambda cycle: (len(cycle), cycle))


def _from(
    start: int, successors: list[list[int]], home: dict[int, int], bound: int, room: int
) -> Iterator[tuple[int, ...]]:
    """Yield the cycles whose smallest node is `start`; `home` has the steps back from each node allowed."""
    if len(home) < 2:
        return
    path, on_path = [start], {start}
    stack = [iter(successors[start])]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            on_path.discard(path.pop())
        elif node == start:
            if (room := room - 1) < 0:
                raise DataError(
                    f"too many loops of up to {bound} edges to list.",
                    fix="Lower loop_length_bound in theme.toml.",
                )
            yield tuple(path)
        elif node in home and node not in on_path and len(path) + home[node] <= bound:
            path.append(node)
            on_path.add(node)
            stack.append(iter(successors[node]))


def _steps_home(
    start: int, predecessors: list[list[int]], inside: frozenset[int], bound: int
) -> dict[int, int]:
    """Return the fewest edges back to `start` from each node of its component that is not smaller."""
    steps, frontier = {start: 0}, [start]
    for distance in range(1, bound):
        reached = []
        for node in frontier:
            for before in predecessors[node]:
                if before > start and before in inside and before not in steps:
                    steps[before] = distance
                    reached.append(before)
        if not reached:
            break
        frontier = reached
    return steps


def capital_cycles(
    commercial: Matrix, financing: Matrix, *, length_bound: int, limit: int = MAX_CYCLES
) -> list[tuple[int, ...]]:
    """Return the elementary cycles with a financing and a commercial edge, each from its smallest node.

    An edge i -> j carries K, C or both. A cycle counts when one edge can be taken as financing and a
    different one as commercial. With two or more edges, each carrying something, that is so whenever
    some edge carries K and some edge carries C: an edge with both serves as the class the others lack.

    Parameters
    ----------
    commercial, financing
        C and K, shape (n, n), any unit; row pays column.
    length_bound
        Longest cycle, in edges.
    limit
        Most cycles of any kind that are listed.

    Raises
    ------
    DataError
        When there are more than `limit`.
    """
    pays, lends = (commercial > 0).tolist(), (financing > 0).tolist()
    kept = []
    for cycle in elementary_cycles(commercial + financing > 0, length_bound=length_bound, limit=limit):
        pairs = list(zip(cycle, cycle[1:] + cycle[:1], strict=True))
        if any(lends[i][j] for i, j in pairs) and any(pays[i][j] for i, j in pairs):
            kept.append(cycle)
    return kept


def capital_loops(network: Network, *, length_bound: int) -> list[Loop]:
    """Return the capital cycles of a network (`capital_cycles`), largest bottleneck first.

    Bottleneck = smallest F on the cycle; probability = product of G, the chance that a dollar at one
    node goes once round. The first node of a loop is the payer of its largest financing edge.

    Parameters
    ----------
    network
        A closed network.
    length_bound
        Longest cycle, in edges.
    """
    F, K, G = network.flows, network.financing, network.shares
    loops = []
    for cycle in capital_cycles(network.commercial, K, length_bound=length_bound):
        pairs = list(zip(cycle, cycle[1:] + cycle[:1], strict=True))
        first = max(range(len(pairs)), key=lambda k: (K[pairs[k]], -k))
        loops.append(
            Loop(
                nodes=cycle[first:] + cycle[:first],
                bottleneck=float(min(F[e] for e in pairs)),
                probability=float(np.prod([G[e] for e in pairs])),
            )
        )
    return sorted(loops, key=lambda loop: (-loop.bottleneck, -loop.probability, loop.nodes))
