"""Run every measurement and print one table each."""

from __future__ import annotations

import platform

from bench import (
    backtest,
    kernels,
    loop,
    loop_stress,
    market,
    ranking,
    runs,
    scenarios,
    startup,
    stored,
    valuation,
)


def main() -> None:
    """Print the tables."""
    print(f"python {platform.python_version()}, {platform.machine()}; medians of interleaved runs\n")
    startup.report()
    runs.report()
    kernels.report()
    loop.report()
    loop_stress.report()
    ranking.report()
    scenarios.report()
    valuation.report()
    stored.report()
    backtest.report()
    market.report()


if __name__ == "__main__":
    main()
