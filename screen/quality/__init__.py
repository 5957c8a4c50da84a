"""The quality gate: what is wrong in delivered market data is mended, left out or marked, never silent.

Modules by what they judge: `levels` (jumps that are no market move), `prices`, `estimates`, `statements`,
`shares`, `outage`. Each rule is a pure function of frames that are cut to what was known on the date; its
thresholds are constants of its module.
"""

from __future__ import annotations

from screen.quality.gate import check_market

__all__ = ["check_market"]
