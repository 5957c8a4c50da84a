"""Whether a registered name is the company that was meant: a wrong CIK brings another company's figures."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["is_same_company"]

LEGAL_WORDS = frozenset(
    ("inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "plc", "llc", "lp",
     "nv", "sa", "ag", "se", "ab", "asa", "oyj", "spa", "kk", "bv", "holding", "holdings", "group", "the",
     "and", "new", "class", "common", "trust", "adr", "ads", "line")
)  # fmt: skip
"""Forms of company and share classes: they differ between a registered name and a usual one."""

TRADE_NAMES = {"spacex": "space exploration technologies"}
"""Usual name -> registered name, where neither is a part nor the initials of the other."""

MIN_INITIALS = 3


def is_same_company(usual: str, registered: str) -> bool:
    """Return True when `usual` and `registered` can name one company.

    Letter case, accents, punctuation, legal forms, a state (``/DE/``) and words in brackets do not count.
    Then one name must hold every word of the other (``NVIDIA``, ``NVIDIA CORP``; ``Monolithic Power``,
    ``MONOLITHIC POWER SYSTEMS INC``), be the same when written without blanks, or be its initials
    (``TSMC``). A word in common is not enough: Applied Digital is not Applied Materials.

    Missing data: an empty name matches nothing.
    """
    names = [usual, re.sub(r"\([^)]*\)", " ", usual)]
    return any(_matches(_words(name), _words(registered)) for name in names) or _is_initials(
        _plain(names[1]), _plain(registered)
    )


def _matches(a: list[str], b: list[str]) -> bool:
    if not a or not b:
        return False
    a = TRADE_NAMES.get("".join(a), " ".join(a)).split()
    return set(a) <= set(b) or set(b) <= set(a) or "".join(a) == "".join(b)


def _is_initials(usual: list[str], registered: list[str]) -> bool:
    """TSMC of Taiwan Semiconductor Manufacturing Co Ltd: legal forms may be among the initials."""
    short = "".join(usual)
    return (
        len(usual) == 1 and len(short) >= MIN_INITIALS and "".join(w[0] for w in registered).startswith(short)
    )


def _words(name: str) -> list[str]:
    plain = _plain(name)
    return [word for word in plain if word not in LEGAL_WORDS] or plain


def _plain(name: str) -> list[str]:
    flat = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    flat = re.sub(r"/[a-z. ]{2,12}/?\s*$", " ", flat)  # the state of registration: AMPHENOL CORP /DE/
    flat = re.sub(r"(?<=\b[a-z])\.(?=[a-z]\b)", "", flat)  # N.V. -> NV
    return re.findall(r"[a-z0-9]+", flat.replace("'", ""))
