"""Claims about margins: who keeps them while revenue grows."""

from __future__ import annotations

import polars as pl

from models.claims.evidence import Claim, ClaimEvidence, sources_of, year_apart
from models.claims.outcome import Outcome, by_count, by_threshold, named, not_testable

__all__ = ["growth_without_margin", "margins_diverge", "segments_keep_margin", "segments_lose_margin"]

VARIANT = "defaults"
"""Tiers of the segments: a tier of a single company was set with its margin in view."""


def margins_diverge(claim: Claim, evidence: ClaimEvidence) -> Outcome:  # noqa: ARG001 (every test takes both)
    """Take the verdict of `models.divergence` on the tiers of the segments, without overrides.

    ``value`` = Hodges-Lehmann difference of the yearly margin changes, bottleneck less pressured. The power
    is that of finding a true difference of one standard deviation.

    Missing data: not testable yet, with the reason of the test.
    """
    rows = evidence.divergence.filter(variant=VARIANT)
    if not rows.height:
        return not_testable("no margin change of any name is known")
    row = rows.row(0, named=True)
    n = row["names_bottleneck"] + row["names_pressured"]
    figures = str(row["reason"])
    if row["spread_change"] is not None:
        figures = (
            f"the gap moved by {100 * row['spread_change']:+.1f} pp in a year (90% interval "
            f"{100 * row['low']:+.1f} to {100 * row['high']:+.1f}), {row['names_bottleneck']} bottleneck and "
            f"{row['names_pressured']} pressured names by the tier of their segment: {figures}"
        )
    return Outcome(
        verdict=row["verdict"],
        figures=figures,
        value=row["spread_change"],
        n=n,
        p_value=row["p"],
        power=row["power_one_sd"],
        tested_on=row["known_at"],
        kind="estimate",
        source=sources_of([row["source"]]),
    )


def segments_keep_margin(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether the companies of some segments hold their gross margin (change of a year >= 0).

    `subjects` are segments: a test by tier would go in a circle, since tiers of single companies cite
    margins. Exact sign test over the names with a margin change.

    Missing data: names without a change are left out.
    """
    return _segments(claim, evidence, sign=+1)


def segments_lose_margin(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether the companies of some segments lose gross margin (change of a year < 0).

    Missing data: names without a change are left out.
    """
    return _segments(claim, evidence, sign=-1)


def _segments(claim: Claim, evidence: ClaimEvidence, *, sign: int) -> Outcome:
    rows = evidence.evidence.filter(
        pl.col("segment").is_in(list(claim.subjects)) & pl.col("gross_margin_change").is_not_null()
    ).sort("ticker")
    changes = dict(rows.select("ticker", "gross_margin_change").iter_rows())
    holds = {t: (c >= 0) if sign > 0 else (c < 0) for t, c in changes.items()}
    grown = rows.filter(pl.col("revenue_growth") > 0).height
    figures = named([(evidence.name(t), f"{100 * c:+.1f} pp") for t, c in changes.items()])
    if figures:
        figures += f"; revenue is known to have grown at {grown} of them"
    return by_count(
        holds,
        figures,
        what="margin changes",
        tested_on=evidence.as_of,
        kind="estimate",
        source=sources_of(rows.get_column("source")),
    )


def growth_without_margin(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether a cloud segment's revenue grew while its operating margin fell.

    `subjects` are (ticker, perimeter) as in EFFICIENCY; the newest period against that of a year before.
    ``value`` is the change of the operating margin.

    Missing data: not testable without revenue and operating income of both periods.
    """
    ticker, perimeter = claim.subjects
    rows = evidence.efficiency.filter(
        (pl.col("ticker") == ticker)
        & (pl.col("perimeter") == perimeter)
        & (pl.col("revenue_bn_usd") > 0)
        & pl.col("operating_income_bn_usd").is_not_null()
    ).with_columns(margin=pl.col("operating_income_bn_usd") / pl.col("revenue_bn_usd"))
    pair = year_apart(rows, perimeter)
    if isinstance(pair, str):
        return not_testable(pair)
    (now, new, margin), (then, old, before) = pair.select("period", "revenue_bn_usd", "margin").iter_rows()
    figures = (
        f"{perimeter.split(' over ')[0]} operating margin {margin:.1%} ({now}, revenue {new:.1f} bn USD) "
        f"against {before:.1%} ({then}, revenue {old:.1f})"
    )
    return by_threshold(
        new > old and margin < before,
        figures,
        value=margin - before,
        tested_on=evidence.as_of,
        source=sources_of(pair.get_column("source")),
    )
