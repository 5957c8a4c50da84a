"""Source keys: reading them out of a cell and giving each a footnote name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

__all__ = ["Citations", "slug", "source_keys"]


def source_keys(sources: str | None, known: Collection[str]) -> tuple[str, ...]:
    """Return the single keys of a cell of sources, in order, each once.

    Curated tables separate keys by ``;``, models join them by ``+``. A key or an address may hold a ``+``
    itself: the longest run that is a known key wins, and what follows an address belongs to it unless it
    is a key or an address.

    Parameters
    ----------
    sources
        Text of the cell; null and blank give no key.
    known
        Keys of SOURCES.
    """
    found: list[str] = []
    if sources and sources.strip() in known:
        return (sources.strip(),)
    for part in (sources or "").split(";"):
        found.extend(_joined_keys(part.strip(), known))
    return tuple(dict.fromkeys(key for key in found if key))


def _joined_keys(part: str, known: Collection[str]) -> list[str]:
    pieces = part.split("+")
    keys: list[str] = []
    start = 0
    while start < len(pieces):
        ends = range(len(pieces), start, -1)
        match = next((e for e in ends if "+".join(pieces[start:e]).strip() in known), start + 1)
        key = "+".join(pieces[start:match]).strip()
        is_rest = bool(keys) and _is_address(keys[-1]) and key not in known and not _is_address(key)
        if is_rest:
            keys[-1] = f"{keys[-1]}+{key}"
        else:
            keys.append(key)
        start = match
    return keys


def _is_address(key: str) -> bool:
    return re.match(r"https?://", key) is not None


def slug(key: str) -> str:
    """Return a footnote name of ASCII letters, digits and hyphens; ``source`` when nothing is left."""
    plain = unicodedata.normalize("NFKD", re.sub(r"^https?://(www\.)?", "", key))
    made = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
    # Long addresses would make long names; 48 characters keep a name readable and `Citations` unique.
    return made[:48].strip("-") or "source"


class Citations:
    """The sources a renderer has cited so far, in order of first use, each with a unique name."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = frozenset(known)
        self._names: dict[str, str] = {}

    def cite(self, sources: str | None) -> tuple[str, ...]:
        """Return the footnote names of a cell of sources and remember them."""
        return tuple(self._name(key) for key in source_keys(sources, self._known))

    def cited(self) -> tuple[tuple[str, str], ...]:
        """Return (key, footnote name) of all cited sources, in order of first use."""
        return tuple(self._names.items())

    def _name(self, key: str) -> str:
        if key not in self._names:
            base, taken, number = slug(key), set(self._names.values()), 1
            name = base
            while name in taken:
                number += 1
                name = f"{base}-{number}"
            self._names[key] = name
        return self._names[key]
