"""Claims about circular capital: loops, commitments beyond revenue, contracts with several clouds."""

from __future__ import annotations

import polars as pl

from models.accounts import is_known_revenue
from models.claims.evidence import Claim, ClaimEvidence, sources_of
from models.claims.outcome import Outcome, by_threshold, named, not_testable
from models.flows import AND_ASSUMPTION

__all__ = [
    "backlog_spread",
    "buys_from_several",
    "commitments_exceed_revenue",
    "loop_exists",
    "vendor_finance_exceeds",
]

LEDGER = "ledger"
FIRM = ("definitive", "closed")
ASSUMED = "assumed"
"""Status of a flow that only an assumption states."""


def loop_exists(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether money goes round the subjects in their order, on the ledger without our assumptions.

    ``value`` = smallest yearly flow of the loop (bn USD). Legs that rest on a reported, not a signed deal
    are named.

    Missing data: a loop that is absent from LOOPS gives 0 and is not supported.
    """
    wanted = _rotated(claim.subjects)
    names = " → ".join(evidence.name(node) for node in (*claim.subjects, claim.subjects[0]))
    for row in evidence.loops.filter(case=LEDGER, terms="all").iter_rows(named=True):
        if _rotated(tuple(row["nodes"])) == wanted:
            amount = float(row["bottleneck_bn_usd"])
            text = f"{names}: at least {amount:.1f} bn USD a year go all the way round ({row['edges']})"
            text += _unsigned(evidence, row["deals"])
            return by_threshold(
                amount > (claim.threshold or 0.0),
                text,
                value=amount,
                tested_on=evidence.as_of,
                kind="estimate",
                source=row["source"],
            )
    return by_threshold(
        False, f"{names}: no such loop on the ledger alone", value=0.0, tested_on=evidence.as_of
    )


def _unsigned(evidence: ClaimEvidence, deals: list[str]) -> str:
    flows = evidence.flows.filter(pl.col("flow_id").is_in(deals) & ~pl.col("status").is_in(FIRM))
    ids = flows.sort("flow_id").get_column("flow_id").to_list()
    return f"; reported, not known to be signed: {', '.join(ids)}" if ids else ""


def _rotated(nodes: tuple[str, ...]) -> tuple[str, ...]:
    start = nodes.index(min(nodes))
    return nodes[start:] + nodes[:start]


def commitments_exceed_revenue(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether a lab's yearly commitments of the ledger exceed its revenue.

    ``value = revenue / payments to others``; supported below the threshold (1 when none is stated).

    Missing data: not testable when the lab pays nobody in the ledger or its revenue is not known.
    """
    node = claim.subjects[0]
    rows = evidence.accounts.filter(node=node, case=LEDGER)
    if not rows.height or rows.item(0, "outflow_bn_usd") <= 0 or rows.item(0, "revenue_bn_usd") <= 0:
        return not_testable(f"{evidence.name(node)}: no yearly payment or no revenue known")
    if not is_known_revenue(rows.item(0, "revenue_origin")):
        return not_testable(f"{evidence.name(node)}: no yearly payment or no revenue known")
    revenue, paid = float(rows.item(0, "revenue_bn_usd")), float(rows.item(0, "outflow_bn_usd"))
    text = (
        f"{evidence.name(node)}: revenue {revenue:.1f} bn USD a year now against commitments of {paid:.1f} a "
        f"year in the mean of the loop's years ({rows.item(0, 'revenue_origin')})"
    )
    paying = evidence.flows.filter(
        (pl.col("payer") == node) & pl.col("is_summed") & (pl.col("status") != ASSUMED)
    )
    ratio = revenue / paid
    return by_threshold(
        ratio < (1.0 if claim.threshold is None else claim.threshold),
        text,
        value=ratio,
        tested_on=evidence.as_of,
        kind="estimate",
        source=sources_of(source.split(AND_ASSUMPTION)[0] for source in paying.get_column("source")),
    )


def buys_from_several(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether each subject has signed commercial contracts with several payer companies (clouds).

    ``value`` = the smallest number of clouds over the subjects; supported when it reaches the threshold.

    Missing data: not testable when a subject has no signed contract in the ledger.
    """
    clouds = evidence.memberships.filter(pl.col("layer") == "cloud").get_column("ticker").unique()
    signed = evidence.flows.filter(
        pl.col("payer").is_in(list(claim.subjects))
        & (pl.col("flow_class") == "commercial")
        & pl.col("status").is_in(FIRM)
        & pl.col("payee").is_in(clouds.implode())
    )
    found = {
        node: sorted(signed.filter(payer=node).get_column("payee").unique().to_list())
        for node in claim.subjects
    }
    if claim.threshold is None or not all(found.values()):
        return not_testable("a lab without a signed contract in the ledger")
    least = min(len(clouds_of) for clouds_of in found.values())
    parts = named(
        [(evidence.name(n), f"{len(c)} ({', '.join(map(evidence.name, c))})") for n, c in found.items()]
    )
    return by_threshold(
        least >= claim.threshold,
        f"clouds with a signed contract: {parts}",
        value=float(least),
        n=len(found),
        tested_on=evidence.as_of,
        source=sources_of(signed.get_column("source")),
    )


def backlog_spread(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether the labs' commitments are spread over clouds.

    ``H = sum_c s_c^2`` with s the share of cloud c in a lab's additive commitments of stated amount;
    ``value`` = the largest H of the subjects, supported at the threshold or below.

    Missing data: contracts without an amount are left out, so H is known for the stated part alone; not
    testable when a lab has fewer than two clouds with an amount.
    """
    if (limit := claim.threshold) is None:
        return not_testable("the theme states no threshold")
    found: dict[str, float] = {}
    rows = evidence.backlog_customers.filter(pl.col("commitments_bn_usd") > 0)
    for lab in claim.subjects:
        amounts = rows.filter(customer=lab).get_column("commitments_bn_usd")
        if len(amounts) < 2:
            return not_testable(f"{evidence.name(lab)}: fewer than two clouds with a stated commitment")
        shares = amounts / amounts.sum()
        found[lab] = float((shares**2).sum())
    worst = max(found.values())
    parts = named([(evidence.name(lab), f"{h:.2f}") for lab, h in found.items()])
    used = rows.filter(pl.col("customer").is_in(list(claim.subjects)))
    return by_threshold(
        worst <= limit,
        f"Herfindahl index of stated commitments over clouds: {parts}; {limit:.2f} is four equal "
        "clouds; contracts without an amount are not in it",
        value=worst,
        n=len(found),
        tested_on=evidence.as_of,
        kind="estimate",
        source=sources_of(used.sort("ticker", "customer").get_column("source")),
    )


def vendor_finance_exceeds(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether a vendor's finance of its customers is as large as that of the telecom makers.

    Drawn is set against drawn: ``value = drawn / revenue`` of the subject less the largest of the telecom
    years; supported at zero or above. The committed sums stand in the figures only, since a headline
    overstates what moves.

    Missing data: not testable without the ratios of the subject or of any telecom maker.
    """
    rows = evidence.vendor_finance.drop_nulls(["drawn_to_revenue", "committed_to_revenue"])
    then = rows.filter("is_history").sort("drawn_to_revenue", descending=True).head(1)
    now = rows.filter(~pl.col("is_history") & pl.col("vendor").is_in(list(claim.subjects)))
    if not then.height or not now.height:
        return not_testable("drawn finance over revenue is not known for both")
    old, new = then.row(0, named=True), now.row(0, named=True)
    gap = float(new["drawn_to_revenue"]) - float(old["drawn_to_revenue"])
    parts = [
        f"{evidence.name(row['vendor'])} ({row['period']}) drawn {row['drawn_bn_usd']:.1f} of "
        f"{row['committed_bn_usd']:.1f} bn USD committed, {row['drawn_to_revenue']:.1%} and "
        f"{row['committed_to_revenue']:.1%} of revenue"
        for row in (new, old)
    ]
    return by_threshold(
        gap >= (claim.threshold or 0.0),
        "; ".join(parts),
        value=gap,
        tested_on=evidence.as_of,
        kind="estimate",
        source=sources_of([new["source"], old["source"]]),
    )
