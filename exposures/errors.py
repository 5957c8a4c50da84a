"""The error tree: every error of the program, named by what the caller can do about it.

::

    ScreenError                 every error this program raises on purpose
    |- UsageError               the request is wrong: mend the command            exit 2
    |  |- ThemeFileError        a theme file is wrong: file, line, what is allowed exit 2
    |  `- TableError            a frame does not have its declared columns        exit 2
    |- NotFoundError            theme, ticker or week does not exist              exit 4
    |- CoverageError            too little data to rank anything                  exit 4
    |- RateLimitedError         the data host asked us to slow down               exit 5
    |- NetworkError             the data host cannot be reached                   exit 6
    `- DataError                data cannot be read or written as it is           exit 2

A message says what was wrong, the value, what is allowed and the next step (`fix`).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "CoverageError",
    "DataError",
    "NetworkError",
    "NotFoundError",
    "RateLimitedError",
    "ScreenError",
    "TableError",
    "ThemeFileError",
    "UsageError",
    "suggest",
]


class ScreenError(Exception):
    """Base of every deliberate error.

    Parameters
    ----------
    message
        What was wrong, with the value and what is allowed.
    fix
        The next step, an imperative sentence; empty when there is none.
    """

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class UsageError(ScreenError):
    """The request itself is wrong: an option, a date, a setting."""

    exit_code = 2


class ThemeFileError(UsageError):
    """A file of a theme cannot be used; the message starts with ``file:line:``."""


class TableError(UsageError):
    """A frame that crosses a package does not match its declared `Table`."""


class NotFoundError(ScreenError):
    """A theme, ticker or stored week does not exist."""

    exit_code = 4


class CoverageError(ScreenError):
    """Fewer companies have a current price than the run asks for: nothing is ranked."""

    exit_code = 4


class RateLimitedError(ScreenError):
    """The data host refused further requests for now."""

    exit_code = 5


class NetworkError(ScreenError):
    """The data host cannot be reached."""

    exit_code = 6


class DataError(ScreenError):
    """Data cannot be used as it is (corrupt, empty, contradictory), or an output cannot be written."""

    exit_code = 2


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean "x"?`` for the closest known name, or an empty string."""
    match = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'did you mean "{match[0]}"?' if match else ""
