"""Who owes the backlog: published shares of the labs, and what they committed to each cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.capex_balances import Balance
from models.flows import UNSIGNED
from models.payer_data import PayerData

__all__ = ["Customer", "backlog_customers"]

_SHARE = "rpo_share_"
_COMMITMENT = "cloud_contract"
_WEAK_GRADES = ("C", "D", "S")


@dataclass(frozen=True)
class Customer:
    """One named customer of a backlog.

    Parameters
    ----------
    share
        Fraction of the backlog, None where neither a share nor an amount is published.
    commitments
        Sum of its additive contracts with the cloud, bn USD; None where no amount is published.
    is_published
        True when the company or the press states the share, False when it is commitments over backlog.
    """

    node: str
    name: str
    is_lab: bool
    share: float | None
    commitments: float | None
    is_published: bool
    kind: str
    source: str
    words: str


def backlog_customers(
    data: PayerData, figures: pl.DataFrame, deals: pl.DataFrame, nodes: pl.DataFrame, backlog: Balance | None
) -> list[Customer]:
    """Return the named customers of a payer, the largest share first.

    A published share counts unless a contract was announced after it; then, and without one, the share is
    the additive commitments announced up to the backlog's day over the backlog: an upper bound, as part of
    them may be revenue already. A status that binds nobody is no commitment.

    Missing data: a customer without an amount has None and words that say so.
    """
    signed = deals.filter(
        (pl.col("payee") == data.ticker)
        & (pl.col("kind") == _COMMITMENT)
        & ~pl.col("status").str.contains(f"^({'|'.join(UNSIGNED)})")
        & pl.col("superseded_by").is_null()
        & (pl.col("announced") <= data.as_of)
    ).sort("announced", "deal_id")
    shares = _published_shares(data, figures, nodes)
    names = {str(n): (str(name), bool(lab)) for n, name, lab in nodes.select("node", "name", "is_lab").rows()}
    payers = list(dict.fromkeys([*shares, *signed.get_column("payer").to_list()]))
    made = [
        _customer(node, names, shares.get(node), signed.filter(pl.col("payer") == node), (data, backlog))
        for node in payers
    ]
    return sorted(made, key=lambda c: (-(c.share or 0.0), c.node))


def _published_shares(
    data: PayerData, figures: pl.DataFrame, nodes: pl.DataFrame
) -> dict[str, dict[str, object]]:
    """Node -> newest figure of its share; the metric names the customer (rpo_share_openai)."""
    rows = figures.filter(
        (pl.col("node") == data.ticker)
        & pl.col("metric").str.starts_with(_SHARE)
        & pl.col("value").is_not_null()
        & pl.col("superseded_by").is_null()
        & (pl.col("known_at").is_null() | (pl.col("known_at") <= data.as_of))
    ).sort("period_end", "figure_id", nulls_last=False)
    by_name = {str(name).lower(): str(node) for node, name in nodes.select("node", "name").rows()}
    found = {}
    for row in rows.iter_rows(named=True):
        key = str(row["metric"]).removeprefix(_SHARE)
        found[by_name.get(key, f"PRIV:{key}")] = row
    return found


def _customer(
    node: str,
    names: Mapping[str, tuple[str, bool]],
    figure: Mapping[str, object] | None,
    signed: pl.DataFrame,
    where: tuple[PayerData, Balance | None],
) -> Customer:
    data, backlog = where
    name, is_lab = names.get(node, (node, node.startswith("PRIV:")))
    known = [r for r in signed.iter_rows(named=True) if r["is_additive"] and r["amount_base"] is not None]
    amounts = [_bn_usd(r, data.fx_to_usd) for r in known]
    usable = [(r, a) for r, a in zip(known, amounts, strict=True) if a is not None]
    commitments = sum(a for _, a in usable) if usable else None
    words = _contract_words(usable, signed.height - len(usable))
    sources = [str(r["source"]) for r, _ in usable]
    inside = [(r, a) for r, a in usable if backlog is None or not _is_after(r["announced"], backlog.end)]
    newer = figure is None or any(_is_after(r["announced"], figure["period_end"]) for r, _ in inside)
    if figure is not None and not newer:
        share, kind = (
            float(str(figure["value"])),
            "estimate" if figure["grade"] in ("C", "D", "S") else "fact",
        )
        told = f"share as published for {figure['period']}; {words}"
        source = "+".join(dict.fromkeys([str(figure["source"]), *sources]))
        return Customer(node, name, is_lab, share, commitments, True, kind, source, told)
    owed = sum(a for _, a in inside)
    part = min(owed / backlog.value, 1.0) if backlog and backlog.value > 0 and inside else None
    older = "" if figure is None else f"; older published share {figure['value']:.0%}, {figure['period']}"
    told = f"{_basis_words(backlog, bool(usable), bool(inside))}; {words}{older}"
    return Customer(
        node, name, is_lab, part, commitments, False, "inference", "+".join(dict.fromkeys(sources)), told
    )


def _basis_words(backlog: Balance | None, has_amount: bool, is_inside: bool) -> str:
    if not has_amount:
        return "no share: no amount that may be added is published"
    if backlog is None or backlog.value <= 0:
        return "no share: no backlog published"
    return (
        "commitments over backlog, an upper bound"
        if is_inside
        else "no share: signed after the backlog's day"
    )


def _contract_words(usable: list[tuple[dict[str, object], float]], without: int) -> str:
    parts = [
        f"{r['deal_id']} {a:.1f} bn ({str(r['status']).replace('_', ' ')}, {r['announced']})"
        for r, a in usable
    ]
    contracts = "contract" if without == 1 else "contracts"
    parts += [f"{without} {contracts} without an amount that may be added"] if without else []
    return ", ".join(parts) or "no contract on record"


def _is_after(day: object, other: object) -> bool:
    return isinstance(day, date) and isinstance(other, date) and day > other


def _bn_usd(row: Mapping[str, object], fx_to_usd: Mapping[str, float]) -> float | None:
    amount, currency = row["amount_base"], str(row["currency"])
    rate = 1.0 if currency == "USD" else fx_to_usd.get(currency)
    return amount * rate if isinstance(amount, float) and rate is not None else None
