"""The components that pricing power gives to the composite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from exposures.tables import TIERS
from models.margin_evidence import MIN_INCREMENTAL_QUARTERS, MarginEvidence

__all__ = ["power_components"]

# Bottleneck 2, contested 1, pressured 0: ordinal, equal steps for want of anything better.
_POINTS = {tier: float(len(TIERS) - 1 - rank) for rank, tier in enumerate(TIERS)}
_FORECAST_WORDS = (
    "forecast", "broker", "estimate", "expected", "derived", "est.", "guid", "goal", "target", "projects",
)  # fmt: skip
"""Words in a basis that make a share an estimate: stated by somebody else, computed, or ahead of time."""


def power_components(suppliers: pl.DataFrame, found: Mapping[str, MarginEvidence]) -> list[dict[str, object]]:
    """Return COMPONENTS rows: tier_power, the margin evidence, revenue_growth and ai_exposure.

    Missing data: null with a reason. A blank revenue share is unknown, never zero, and a published ceiling
    is not an exposure.
    """
    ordered = suppliers.sort(["ticker", "is_primary", "segment"], descending=[False, True, False])
    groups: dict[str, list[dict[str, object]]] = {}
    for row in ordered.iter_rows(named=True):
        groups.setdefault(str(row["ticker"]), []).append(row)
    rows: list[dict[str, object]] = []
    for ticker, members in groups.items():
        rows += [_tier_power(members), *_margin_components(ticker, found[ticker]), _ai_exposure(members)]
    return rows


def _newest(rows: Iterable[Mapping[str, object]], name: str) -> date | None:
    return max((day for r in rows if isinstance(day := r[name], date)), default=None)


def _joined(rows: Iterable[Mapping[str, object]], name: str) -> str | None:
    return "+".join(dict.fromkeys(str(r[name]) for r in rows if r[name])) or None


def _share(row: Mapping[str, object]) -> float | None:
    value = row["revenue_share_low"]
    return value if isinstance(value, float) else None


def _tier_power(members: Sequence[Mapping[str, object]]) -> dict[str, object]:
    tiered = [m for m in members if m["tier"] is not None]
    row: dict[str, object] = {
        "ticker": members[0]["ticker"], "component": "tier_power", "kind": "inference",
        "known_at": _newest(members, "tier_known_at"), "source": _joined(members, "tier_source"),
    }  # fmt: skip
    if not tiered:
        return row | {"reason": "no tier is assigned"}
    shares = [_share(m) for m in tiered]
    known = [s for s in shares if s is not None]
    if len(tiered) < 2 or len(known) < len(tiered) or sum(known) <= 0:
        first = tiered[0]
        words = f"{first['tier']} in {first['segment']} ({first['tier_origin']}): {first['tier_reason']}"
        return row | {"value": _POINTS[str(first["tier"])], "detail": words}
    value = sum(_POINTS[str(m["tier"])] * s for m, s in zip(tiered, known, strict=True)) / sum(known)
    parts = (f"{m['tier']} in {m['segment']} ({s:.0%})" for m, s in zip(tiered, known, strict=True))
    return row | {"value": value, "detail": "weighted by revenue share: " + ", ".join(parts)}


def _margin_components(ticker: str, own: MarginEvidence) -> list[dict[str, object]]:
    none = "no gross margin in statements or published figures"
    year = "no margin of the same period a year before" if own.level is not None else none
    slope = (
        f"needs {MIN_INCREMENTAL_QUARTERS} quarters with gross profit and moving revenue, has {own.quarters}"
    )
    growth = "no revenue of the same quarter a year before"
    entries = (
        ("gross_margin_level", "fact", own.level, own.level_se, none, own.basis),
        ("gross_margin_change", "fact", own.change, own.stability, year, own.change_basis),
        ("incremental_margin", "estimate", own.incremental, own.incremental_se, slope,
         f"of added revenue, slope over {own.quarters} quarters"),
        ("revenue_growth", "fact", own.growth, None, growth,
         f"newest quarter on the same a year before, {own.growth_basis}"),
    )  # fmt: skip
    return [
        {
            "ticker": ticker, "component": key, "kind": kind, "value": value, "known_at": own.known_at,
            "standard_error": error if value is not None else None, "source": own.source,
            "reason": reason if value is None else None,
            "detail": f"{_told(key, value)}, {words}" if value is not None else None,
        }
        for key, kind, value, error, reason, words in entries
    ]  # fmt: skip


def _told(key: str, value: float) -> str:
    return f"{100 * value:+.1f} points" if key == "gross_margin_change" else f"{value:.1%}"


def _ai_exposure(members: Sequence[Mapping[str, object]]) -> dict[str, object]:
    known = [(m, s) for m in members if (s := _share(m)) is not None]
    used = [m for m, _ in known] or members
    basis = " ".join(str(m["basis"] or "") for m in used).lower()
    row: dict[str, object] = {
        "ticker": members[0]["ticker"], "component": "ai_exposure", "known_at": _newest(used, "known_at"),
        "kind": "estimate" if any(w in basis for w in _FORECAST_WORDS) else "fact",
        "source": _joined(used, "source"),
    }  # fmt: skip
    if not known:
        ceiling = any(m["revenue_share_high"] is not None for m in members)
        reason = "only an upper bound is published" if ceiling else "no revenue share is published"
        return row | {"reason": reason}
    total = sum(s for _, s in known)
    parts = [f"{m['segment']} at least {s:.0%} ({m['basis'] or 'basis not stated'})" for m, s in known]
    parts += [f"{m['segment']} unknown" for m in members if _share(m) is None]
    return row | {"value": min(total, 1.0), "detail": "; ".join(parts)}
