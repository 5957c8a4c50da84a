"""Quality of a backlog: how fast it runs off, who owes it, and what is left after default and usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from models.backlog_customers import Customer
from models.capex_balances import Balance
from models.payer import Payer
from models.payer_data import PayerData

__all__ = ["DEFAULT", "USAGE", "backlog_rows", "concentration", "customer_rows", "quality"]

# Probability that a customer does not pay what is still owed, over the four years or so of a backlog (low,
# base, high quality). Labs: single-B issuers default by about 15% in four years in the long run, double-B
# by 5%, triple-C by 40%. Others, mostly investment grade, by 2%. Judgements, the same for every cloud.
DEFAULT = {True: (0.40, 0.15, 0.05), False: (0.04, 0.02, 0.01)}
# Part of a backlog that is used rather than reserved and may not come (research note 001 asks how much is
# take-or-pay; nobody says): a half, a quarter, none.
USAGE = (0.50, 0.25, 0.0)
_DUE_12M, _DUE_24M, _LIFE = "rpo_due_12m", "rpo_due_24m", "rpo_avg_remaining_life"
_NO_BACKLOG = "no backlog published"
_PARAMETERS = (
    f"default of labs {DEFAULT[True][1]:.0%} ({DEFAULT[True][2]:.0%} to {DEFAULT[True][0]:.0%}), of others "
    f"{DEFAULT[False][1]:.0%}; used rather than reserved {USAGE[1]:.0%} ({USAGE[2]:.0%} to {USAGE[0]:.0%}): "
    "assumptions"
)


def backlog_rows(
    data: PayerData, payer: Payer, figures: pl.DataFrame, customers: Sequence[Customer]
) -> list[dict[str, object]]:
    """Return the BACKLOG rows of a payer, one per measure.

    ``run-off = RPO * share due within 12 months`` (else half the share within 24 months, else RPO over the
    stated average remaining life), its share of a year's revenue, labs' and top customer's share, HHI and
    quality.

    Missing data: null with a reason, measure by measure.

    References: methods, section 3; research note 001 on usage-driven backlog.
    """
    held = payer.balances
    rows = [
        _of(payer.ticker, "backlog", "bn USD", held.backlog),
        _of(payer.ticker, "cover", "times", held.cover),
    ]
    stated = _stated(data, figures)
    rows.append(_life_row(payer.ticker, stated))
    rows += _run_off_rows(payer.ticker, stated, held.backlog, held.cover)
    rows += _customer_measures(payer.ticker, held.backlog, customers)
    return rows


def customer_rows(ticker: str, customers: Sequence[Customer]) -> list[dict[str, object]]:
    """Return the BACKLOG_CUSTOMERS rows of a payer.

    Missing data: a null share or amount, with the reason in `detail`.
    """
    return [
        {
            "ticker": ticker, "customer": c.node, "name": c.name, "is_lab": c.is_lab, "share": c.share,
            "commitments_bn_usd": c.commitments, "kind": c.kind, "source": c.source or "none",
            "detail": c.words, "basis": "published share" if c.is_published else "commitments over backlog",
        }
        for c in customers
    ]  # fmt: skip


def concentration(shares: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and highest Herfindahl index that the known shares allow (fractions).

    ``sum w^2`` when the rest is spread over many, ``sum w^2 + (1 - sum w)^2`` when one customer owes it.
    Shares that add up to more than one are scaled down to one.

    Missing data: an empty list gives 0 and 1.
    """
    total = sum(shares)
    scaled = [w / total for w in shares] if total > 1 else list(shares)
    known = sum(w * w for w in scaled)
    return known, known + max(1 - sum(scaled), 0.0) ** 2


def quality(customers: Sequence[Customer], case: int) -> float:
    """Return ``sum_c w_c (1 - PD_c)(1 - usage)``, the part of a backlog that can be counted on (fraction).

    Parameters
    ----------
    customers
        Those without a share are part of the rest, which counts as not a lab.
    case
        0 low, 1 base, 2 high, of `DEFAULT` and `USAGE`.

    Missing data: no customer gives the quality of a backlog without labs.
    """
    named = [(c.share, c.is_lab) for c in customers if c.share is not None]
    total = sum(w for w, _ in named)
    scale = 1 / total if total > 1 else 1.0
    parts = [(w * scale, lab) for w, lab in named] + [(max(1 - total, 0.0), False)]
    return sum(w * (1 - DEFAULT[lab][case]) * (1 - USAGE[case]) for w, lab in parts)


def _of(ticker: str, measure: str, unit: str, balance: Balance | None) -> dict[str, object]:
    row: dict[str, object] = {"ticker": ticker, "measure": measure, "unit": unit}
    if balance is None:
        reason = _NO_BACKLOG if measure == "backlog" else f"{_NO_BACKLOG}, or no revenue of its perimeter"
        return row | {"kind": "estimate", "source": "none", "reason": reason}
    return row | {
        "value": balance.value, "kind": balance.kind, "source": balance.source,
        "known_at": balance.known_at, "detail": balance.words,
    }  # fmt: skip


def _stated(data: PayerData, figures: pl.DataFrame) -> dict[str, Mapping[str, object]]:
    """Metric -> newest stated run-off figure of the payer."""
    rows = figures.filter(
        (pl.col("node") == data.ticker)
        & pl.col("metric").is_in([_DUE_12M, _DUE_24M, _LIFE])
        & (pl.col("value") > 0)
        & pl.col("superseded_by").is_null()
        & (pl.col("known_at").is_null() | (pl.col("known_at") <= data.as_of))
    ).sort("period_end", "figure_id", nulls_last=False)
    return {str(r["metric"]): r for r in rows.iter_rows(named=True)}


def _life_row(ticker: str, stated: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    row: dict[str, object] = {"ticker": ticker, "measure": "remaining_life", "unit": "years"}
    life = stated.get(_LIFE)
    if life is None:
        reason = "average remaining life not stated"
        return row | {"kind": "estimate", "source": "none", "reason": reason}
    return row | {
        "value": life["value"], "kind": "estimate" if life["grade"] in ("C", "D", "S") else "fact",
        "source": life["source"], "known_at": life["known_at"],
        "detail": f"average remaining life of {life['subject']}'s backlog, {life['period']}",
    }  # fmt: skip


def _run_off_rows(
    ticker: str,
    stated: Mapping[str, Mapping[str, object]],
    backlog: Balance | None,
    cover: Balance | None,
) -> list[dict[str, object]]:
    base: dict[str, object] = {"ticker": ticker, "kind": "estimate"}
    amount = base | {"measure": "run_off", "unit": "bn USD a year"}
    share = base | {"measure": "run_off_to_revenue", "unit": "fraction"}
    found = _yearly_share(stated)
    if backlog is None or found is None:
        reason = _NO_BACKLOG if backlog is None else "neither a part due within a year nor a life is stated"
        return [row | {"source": "none", "reason": reason} for row in (amount, share)]
    yearly, words, source = found
    sources = "+".join(dict.fromkeys([backlog.source, source]))
    told: dict[str, object] = {
        "source": sources, "known_at": backlog.known_at, "detail": f"{backlog.words}; {words}",
    }  # fmt: skip
    amount |= told | {"value": backlog.value * yearly}
    if cover is None:
        return [amount, share | told | {"reason": "no revenue of its perimeter"}]
    return [amount, share | told | {"value": cover.value * yearly, "detail": f"{cover.words}; {words}"}]


def _yearly_share(stated: Mapping[str, Mapping[str, object]]) -> tuple[float, str, str] | None:
    """Part of a backlog due within a year, its words and source, from the best of what is stated."""
    metric = next((m for m in (_DUE_12M, _DUE_24M, _LIFE) if m in stated), None)
    if metric is None:
        return None
    row, value = stated[metric], float(str(stated[metric]["value"]))
    period, source = row["period"], str(row["source"])
    if metric == _DUE_12M:
        return min(value, 1.0), f"{value:.0%} of it due within twelve months ({period})", source
    if metric == _DUE_24M:
        words = f"{value:.0%} of it due within 24 months ({period}), half of that a year"
        return min(value / 2, 1.0), words, source
    return min(1 / value, 1.0), f"over an average remaining life of {value:g} years ({period})", source


def _customer_measures(
    ticker: str, backlog: Balance | None, customers: Sequence[Customer]
) -> list[dict[str, object]]:
    named = [c for c in customers if c.share is not None]
    silent = [c.name for c in customers if c.is_lab and c.share is None and c.commitments is None]
    measures = ("lab_share", "top_customer_share", "hhi", "quality")
    base = {"ticker": ticker, "unit": "fraction", "kind": "inference"}
    reason = _why_no_customers(backlog, named, silent)
    if backlog is None or reason is not None:
        return [base | {"measure": m, "source": "none", "reason": reason} for m in measures]
    shares = [c.share or 0.0 for c in named]
    parts = ", ".join(f"{c.name} {c.share:.0%}" for c in named)
    parts += f"; without the amount of {' and '.join(silent)}, not published" if silent else ""
    source = "+".join(dict.fromkeys(c.source for c in named if c.source))
    kind = named[0].kind if len({c.kind for c in named}) == 1 else "inference"
    told: dict[str, object] = base | {"source": source, "known_at": backlog.known_at, "detail": parts}
    low, high = concentration(shares)
    labs = min(sum(c.share or 0.0 for c in named if c.is_lab), 1.0)
    grades = [quality(named, case) for case in range(len(USAGE))]
    words = f"{parts}; {_PARAMETERS}"
    return [
        told | {"measure": "lab_share", "value": labs, "kind": kind},
        told | {"measure": "top_customer_share", "value": shares[0], "kind": named[0].kind,
                "detail": f"{named[0].name}: {named[0].words}"},
        told | {"measure": "hhi", "value": low, "low": low, "high": high,
                "detail": f"{parts}; high if one customer owed all the rest"},
        told | {"measure": "quality", "value": grades[1], "low": grades[0], "high": grades[2],
                "detail": words},
    ]  # fmt: skip


def _why_no_customers(
    backlog: Balance | None, named: Sequence[Customer], silent: Sequence[str]
) -> str | None:
    if backlog is None:
        return _NO_BACKLOG
    if silent and not any(c.is_lab for c in named):
        return f"{' and '.join(silent)} signed without a published amount: the labs' part is not known"
    return None if named else "no customer's share is published or can be derived"
