"""`Check`: one row of the doctor, and the exit code that all rows together mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Check", "Level", "exit_code"]

Level = Literal["ok", "warn", "fail", "skip"]

UNUSABLE = 2
NO_NETWORK = 6


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, and what to do.

    Parameters
    ----------
    topic
        settings, store, clock, source, proxy, coverage, disk or plan.
    name
        What of it, e.g. the host or the folder.
    level
        ``ok``; ``warn``: works, but not as well as it could; ``fail``: nothing works before it is mended;
        ``skip``: not looked at, with the reason.
    found
        What is there, in words.
    fix
        The next step; empty when there is none.
    """

    topic: str
    name: str
    level: Level
    found: str
    fix: str = ""


def exit_code(checks: Sequence[Check]) -> int:
    """Return 0 when nothing fails, 6 when only sources fail (nothing could be ranked), else 2."""
    failed = {check.topic for check in checks if check.level == "fail"}
    if failed - {"source"}:
        return UNUSABLE
    return NO_NETWORK if failed else 0
