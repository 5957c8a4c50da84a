"""A figure beside the limit it is held against."""

from __future__ import annotations

__all__ = ["figure", "heading"]


def heading(title: str) -> None:
    """Print the title of a table."""
    print(title)


def figure(name: str, value: float, unit: str, limit: float | None = None, *, note: str = "") -> None:
    """Print one figure, its limit where it has one, and whether that is kept."""
    shown = f"{value:,.0f}" if unit in ("requests", "rows", "MB") else f"{value:,.2f}"
    verdict = ""
    if limit is not None:
        verdict = f"limit {limit:g}: {'kept' if value <= limit else 'NOT KEPT'}"
    print(f"  {name:<58} {shown:>9} {unit:<9} {verdict:<22} {note}".rstrip())
