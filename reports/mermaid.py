"""Diagrams in mermaid, in the subset that GitHub draws."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reports.document import Diagram

__all__ = ["flowchart", "label_text", "node_ids"]

# Words that mermaid reads as its own when they stand as a node's id.
RESERVED = frozenset(
    {"end", "graph", "subgraph", "flowchart", "style", "class", "classdef", "click", "default", "linkstyle",
     "direction", "call", "href", "interpolate"}
)  # fmt: skip

# Characters that close or start something inside a quoted label.
_REPLACED = str.maketrans('"<>[]{}|;`\\_&', "'()()()/,'/ +", "#*$~")


def label_text(text: str) -> str:
    """Return `text` for a quoted label: one line, no character that breaks mermaid, no list mark in front."""
    line = " ".join(text.translate(_REPLACED).split())
    line = re.sub(r"^(\d+)\.\s", r"\1 ", line)  # "1. x" would be read as a list
    return re.sub(r"^[-+]\s", "", line) or "?"


def node_ids(nodes: Iterable[str]) -> dict[str, str]:
    """Return an id for each node: lower case letters, digits and underscores, unique, no reserved word.

    ``PRIV:openai`` becomes ``priv_openai``, ``2330.TW`` becomes ``n_2330_tw``.
    """
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for node in nodes:
        base = re.sub(r"[^a-z0-9]+", "_", node.lower()).strip("_")
        if not base or base in RESERVED or base[0].isdigit():
            base = f"n_{base}".rstrip("_")
        made, number = base, 1
        while made in taken:
            number += 1
            made = f"{base}_{number}"
        taken.add(made)
        ids[node] = made
    return ids


def flowchart(diagram: Diagram) -> str:
    """Return a ``flowchart LR``: private parties rounded, purchases solid, financing dashed."""
    ids = node_ids(node.node for node in diagram.nodes)
    lines = ["flowchart LR"]
    for node in diagram.nodes:
        name = label_text(node.name)
        shape = f'(["{name}"])' if node.is_private else f'["{name}"]'
        lines.append(f"    {ids[node.node]}{shape}")
    for edge in diagram.edges:
        arrow = "-.->" if edge.is_financing else "-->"
        lines.append(f'    {ids[edge.payer]} {arrow}|"{label_text(edge.text)}"| {ids[edge.payee]}')
    return "\n".join(lines)
