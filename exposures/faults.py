"""What the linter reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Fault", "Severity", "error", "warning"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a theme folder.

    Parameters
    ----------
    file
        File name inside the folder.
    line
        Line counted from 1, as an editor shows it.
    severity
        ``error``: the theme cannot be trusted; ``warning``: it works, and someone should look.
    rule
        Name of the rule, e.g. ``orphan-deal``.
    message
        What is wrong, with the value and what is allowed.
    fix
        The next step; empty when the message says it.
    """

    file: str
    line: int
    severity: Severity
    rule: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}: {self.severity}: {self.message} [{self.rule}]"
        return f"{text} {self.fix}".strip()


def error(file: str, line: int, rule: str, message: str, fix: str = "") -> Fault:
    """Return a fault of severity ``error``."""
    return Fault(file, line, "error", rule, message, fix)


def warning(file: str, line: int, rule: str, message: str, fix: str = "") -> Fault:
    """Return a fault of severity ``warning``."""
    return Fault(file, line, "warning", rule, message, fix)
