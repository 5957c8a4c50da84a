"""companyfacts answers of the project's own making, point by point."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import polars as pl

from screen.market.edgar.facts import read_facts
from screen.market.edgar.statements import statements_of

SEEN = date(2026, 11, 21)

Point = dict[str, Any]


def point(
    end: str, value: Any, filed: str, *, start: str | None = None, form: str = "", accn: str = ""
) -> Point:
    """One fact; the form is a 10-K for a period of a year, else a 10-Q, the accession that of the day."""
    days = (date.fromisoformat(end) - date.fromisoformat(start)).days if start else 0
    told: Point = {
        "end": end,
        "val": value,
        "filed": filed,
        "form": form or ("10-K" if days > 340 else "10-Q"),
        "accn": accn or f"0000000001-{filed}",
        "fy": 1999,  # describes the filing and must never be read
        "fp": "Q4",
    }
    return {**told, "start": start} if start else told


def answer(
    tags: dict[str, list[Point]],
    *,
    unit: str = "USD",
    namespace: str = "us-gaap",
    entity: str = "Made Up Inc",
    cik: int = 1,
    units: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A companyfacts answer: tag -> points, all in `unit` but for tags in `units`."""
    concepts = {
        tag: {"label": tag, "units": {(units or {}).get(tag, _unit_of(tag, unit)): points}}
        for tag, points in tags.items()
    }
    return {"cik": cik, "entityName": entity, "facts": {namespace: concepts}}


def _unit_of(tag: str, unit: str) -> str:
    if "PerShare" in tag or tag == "DilutedEarningsLossPerShare":
        return f"{unit}/shares"
    return "shares" if "Shares" in tag else unit


def body(tags: dict[str, list[Point]], **more: Any) -> bytes:
    return json.dumps(answer(tags, **more)).encode()


def rows(tags: dict[str, list[Point]], **more: Any) -> pl.DataFrame:
    """STATEMENTS of the company X."""
    return statements_of("X", read_facts(body(tags, **more)).facts, seen_at=SEEN)


def told(frame: pl.DataFrame, item: str, period_type: str = "Q") -> list[tuple[str, float, str]]:
    """(period end, value, filed) in the order of the table."""
    chosen = frame.filter((pl.col("item") == item) & (pl.col("period_type") == period_type))
    ordered = chosen.sort("period_end", "known_at", "tag_rank")
    return [
        (str(end), value, str(filed))
        for end, value, filed in ordered.select("period_end", "value", "known_at").iter_rows()
    ]


def year_to_date(values: list[float], filed: list[str], *, start: str = "2024-01-01") -> list[Point]:
    """Three, six, nine and twelve months of 13-week quarters from `start`."""
    first = date.fromisoformat(start)
    ends = [first + timedelta(days=91 * n - 1) for n in (1, 2, 3, 4)]
    return [
        point(end.isoformat(), value, day, start=start)
        for end, value, day in zip(ends, values, filed, strict=False)
    ]
