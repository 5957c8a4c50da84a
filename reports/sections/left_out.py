"""Components that count for nobody in a run, each with the reason that most names have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from models.components import component
from reports.document import Block, paragraph
from reports.texts import Texts

__all__ = ["left_out"]


def left_out(parts: dict[str, list[dict[str, Any]]], keys: Sequence[str], texts: Texts) -> tuple[Block, ...]:
    """Return one line with the components of a screen whose z is null for every name, or nothing.

    Parameters
    ----------
    parts
        Ticker -> its contributions in the screen.
    keys
        Component keys of the screen, in theme order.
    """
    by_key: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
    for own in parts.values():
        for part in own:
            by_key.setdefault(part["component"], []).append(part)
    made = [
        _words(key, found, texts)
        for key, found in by_key.items()
        if found and all(part["z"] is None for part in found)
    ]
    return (paragraph(texts.left_out.format(components="; ".join(made))),) if made else ()


def _words(key: str, found: list[dict[str, Any]], texts: Texts) -> str:
    label = component(key).label
    counts = Counter(part["reason"] for part in found if part["reason"])
    if not counts:
        return label
    reason = min(counts, key=lambda words: (-counts[words], words))
    return texts.left_out_one.format(component=label, reason=reason)
