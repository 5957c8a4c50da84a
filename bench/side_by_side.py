"""Run alternatives round-robin and print their medians with the ratio to the first."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

__all__ = ["compare"]


def compare(title: str, cases: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Time each case once a round, in turn, after one warm-up; print and return the medians in seconds."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for case in cases.values():
        case()
    for _ in range(rounds):
        for name, case in cases.items():
            start = time.perf_counter()
            case()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = next(iter(medians.values()))
    print(f"{title} (n={rounds})")
    for name, median in medians.items():
        low, high = min(times[name]), max(times[name])
        print(
            f"  {name:<52} {median * 1000:9.1f} ms   {median / base:6.2f} x   {low * 1000:.1f}-{high * 1000:.1f}"
        )
    print()
    return medians
