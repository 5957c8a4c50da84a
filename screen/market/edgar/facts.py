"""FACTS: the wanted points of a companyfacts answer as one frame, a point at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from screen.market.edgar.tags import DEBT_PARTS, ITEM_TAGS, ItemTags

__all__ = ["FACTS_SCHEMA", "CompanyFacts", "read_facts"]

NAMESPACES = ("dei", "us-gaap", "ifrs-full")

FORMS = ("10-K", "10-Q", "20-F", "40-F", "6-K", "8-K")
"""Reports and their amendments; prospectuses and proxy statements repeat figures out of their context."""

MONTHS = ((80, 100, 3), (170, 195, 6), (260, 290, 9), (350, 380, 12))
"""Shortest and longest length in days -> months. Quarters of 12 to 14 weeks, years of 52 or 53; any other
length (a transition period, a sum since foundation) has no place in the series and is left out."""

FACTS_SCHEMA = pl.Schema(
    {
        "item": pl.String,
        "kind": pl.String,
        "tag": pl.String,
        "order": pl.Int64,
        "is_narrow": pl.Boolean,
        "currency": pl.String,
        "start": pl.Date,
        "end": pl.Date,
        "value": pl.Float64,
        "filed": pl.Date,
        "accession": pl.String,
        "form": pl.String,
        "months": pl.Int64,
    }
)


@dataclass(frozen=True)
class CompanyFacts:
    """What one companyfacts answer holds.

    Parameters
    ----------
    cik
        The SEC's number of the company; None when the answer does not say.
    entity
        Its registered name.
    facts
        FACTS: item, tag, currency, start (null for a day), end, value, filed, accession, form and months
        (0 for a day).
    lost
        Points of wanted tags that could not be read.
    """

    cik: int | None
    entity: str
    facts: pl.DataFrame
    lost: int


def read_facts(content: bytes) -> CompanyFacts:
    """Return the wanted points of a companyfacts answer.

    Kept are the tags of `ITEM_TAGS` and `DEBT_PARTS` in reports (`FORMS`), with the unit that the item needs
    and, of each filing, in the currency of most of its figures: convenience translations go.

    Missing data: a point without a value, an end, or a filing day is left out and counted in ``lost``; so is
    one filed before its period ended. A period of an odd length, and a rolling year in a quarterly report,
    are left out uncounted.

    Raises
    ------
    ValueError
        The content is not a companyfacts answer.
    """
    from pydantic_core import from_json

    answer = from_json(content)
    if not isinstance(answer, dict) or not isinstance(answer.get("facts"), dict):
        raise ValueError("no facts in the answer")
    raw = _frame(answer["facts"])
    sound = raw.filter(
        pl.col("end").is_not_null() & pl.col("filed").is_not_null() & (pl.col("end") <= pl.col("filed"))
        & pl.col("value").is_finite() & (pl.col("has_start") == pl.col("start").is_not_null())
    ).drop("has_start")  # fmt: skip
    placed = _one_currency(_in_place(sound))
    cik = answer.get("cik")
    number = int(cik) if isinstance(cik, int | str) and str(cik).isdigit() else None
    return CompanyFacts(
        number,
        str(answer.get("entityName") or ""),
        placed.select(list(FACTS_SCHEMA)).cast(FACTS_SCHEMA),
        raw.height - sound.height,
    )


def _frame(facts: dict[str, Any]) -> pl.DataFrame:
    """Every point of the wanted tags and units, with null for what cannot be read."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("start", "end", "val", "filed", "accn", "form", "has_start")
    }
    heads: list[tuple[str, str, str, int, bool, str | None]] = []
    lengths: list[int] = []
    for head, points in _wanted(facts):
        before = len(columns["end"])
        for point in points:
            if not isinstance(point, dict) or not str(point.get("form", "")).startswith(FORMS):
                continue
            for name in ("start", "end", "filed", "accn", "form"):
                text = point.get(name)
                columns[name].append(text if isinstance(text, str) else None)
            value = point.get("val")
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            columns["val"].append(float(value) if is_number else None)  # type: ignore[arg-type]
            columns["has_start"].append(point.get("start") is not None)
        heads.append(head)
        lengths.append(len(columns["end"]) - before)
    named = ("item", "kind", "tag", "order", "is_narrow", "currency")
    spread = {
        name: [value for head, n in zip(heads, lengths, strict=True) for value in [head[k]] * n]
        for k, name in enumerate(named)
    }
    texts = dict.fromkeys(("start", "end", "filed", "accn", "form"), pl.String)
    types = {**texts, "val": pl.Float64, "has_start": pl.Boolean}
    frame = pl.DataFrame(
        {**spread, **columns},
        schema={**{n: FACTS_SCHEMA[n] for n in named}, **{n: types[n] for n in columns}},
    )
    return frame.with_columns(
        *(pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in ("start", "end", "filed")),
        pl.col("accn").fill_null(""),
    ).rename({"val": "value", "accn": "accession"})


def _wanted(
    facts: dict[str, Any],
) -> Iterator[tuple[tuple[str, str, str, int, bool, str | None], list[Any]]]:
    for entry in (*ITEM_TAGS, *DEBT_PARTS):
        for order, (tag, is_narrow) in enumerate(_ordered(entry)):
            for namespace in NAMESPACES:
                concept = (facts.get(namespace) or {}).get(tag)
                units = concept.get("units") if isinstance(concept, dict) else None
                for unit, points in units.items() if isinstance(units, dict) else ():
                    is_right, currency = _unit(entry.kind, unit)
                    if is_right and isinstance(points, list):
                        yield (entry.item, entry.kind, tag, order, is_narrow, currency), points


def _ordered(entry: ItemTags) -> Iterable[tuple[str, bool]]:
    return [*((tag, False) for tag in entry.tags), *((tag, True) for tag in entry.narrow)]


def _unit(kind: str, unit: str) -> tuple[bool, str | None]:
    """Whether a unit fits the kind, and its currency: ``USD``, ``USD/shares``, ``shares``."""
    if kind in ("average_shares", "share_count"):
        return unit == "shares", None
    code, slash, per = unit.partition("/")
    is_money = len(code) == 3 and code.isalpha() and code.isupper()
    return is_money and (per == "shares") == (kind == "per_share") and bool(slash) == (per == "shares"), code


def _in_place(facts: pl.DataFrame) -> pl.DataFrame:
    """Add months; drop days stated as periods, periods stated as days, odd lengths and rolling years."""
    days = (pl.col("end") - pl.col("start")).dt.total_days() + 1
    months = pl.lit(None, dtype=pl.Int64)
    for low, high, n in MONTHS:
        months = pl.when(days.is_between(low, high)).then(n).otherwise(months)
    is_day = pl.col("kind").is_in(["stock", "share_count"])
    placed = facts.with_columns(
        pl.when(is_day & pl.col("start").is_null()).then(0).when(~is_day).then(months).alias("months")
    )
    is_rolling = (pl.col("months") == 12) & pl.col("form").str.starts_with("10-Q")
    return placed.filter(pl.col("months").is_not_null() & ~is_rolling)


def _one_currency(facts: pl.DataFrame) -> pl.DataFrame:
    """Keep, of each filing, the figures in its main currency; share counts have none."""
    money = facts.filter(pl.col("currency").is_not_null() & pl.col("kind").is_in(["flow", "stock"]))
    main = (
        money.group_by("accession", "currency")
        .len()
        .sort("accession", "len", "currency", descending=[False, True, False])
        .unique("accession", keep="first", maintain_order=True)
        .select("accession", pl.col("currency").alias("main"))
    )
    joined = facts.join(main, on="accession", how="left", maintain_order="left")
    return joined.filter(
        pl.col("currency").is_null() | (pl.col("currency") == pl.col("main")) | pl.col("main").is_null()
    )
