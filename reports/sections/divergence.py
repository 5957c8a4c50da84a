"""Do margins part while revenue grows? The verdict, the margins by tier through time, and the agreement."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from typing import Any

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Phrase, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["agreement", "history", "verdict"]

NORMAL_95 = 1.959964

SCORE, DEFAULTS = "evidence_score", "evidence_score_default_tiers"
TIER_COLUMNS = ("bottleneck", "contested", "pressured")


def verdict(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the verdict on "revenue grows, margins diverge" with its figures; nothing without a test."""
    found = {row["variant"]: row for row in data.divergence.iter_rows(named=True)}
    if (main := found.get("assigned")) is None:
        return ()
    tested = texts.claim_untested
    if main["last_end"] is not None:
        ends = numbers.interval(numbers.day(main["first_end"]), numbers.day(main["last_end"]))
        tested = texts.claim_tested.format(ends=ends, known=numbers.day(main["known_at"]))
    lead = Phrase(texts.claim_verdict.format(verdict=main["verdict"], tested=tested), is_strong=True)
    phrases = [lead, *_figures(main, texts)]
    if main["verdict"] != "supported":
        phrases.append(Phrase(texts.claim_reason.format(reason=main["reason"])))
    others = paragraph(
        texts.claim_variants.format(
            defaults=_variant(found["defaults"], texts),
            filings=_variant(found["filings"], texts),
        ),
        texts.claim_caveat,
    )
    return (paragraph(*phrases), others)


def _figures(row: dict[str, Any], texts: Texts) -> list[Phrase]:
    made = []
    if row["spread_change"] is not None:
        ends = (numbers.percentage_points(row[name]) for name in ("low", "high"))
        words = texts.claim_shift.format(
            shift=numbers.percentage_points(row["spread_change"]), interval=numbers.interval(*ends),
            strong=row["names_bottleneck"], weak=row["names_pressured"], p=numbers.probability(row["p"]),
        )  # fmt: skip
        made.append(Phrase(words, label="estimate"))
    growth = texts.claim_growth.format(
        strong=numbers.signed_percent(row["growth_bottleneck"]), strong_names=row["growth_names_bottleneck"],
        weak=numbers.signed_percent(row["growth_pressured"]), weak_names=row["growth_names_pressured"],
    )  # fmt: skip
    made.append(Phrase(growth, label="estimate"))
    if row["power_one_sd"] is not None and row["standard_deviation"] is not None:
        power = texts.claim_power.format(
            sd=numbers.percentage_points(row["standard_deviation"]).lstrip("+"),
            one=numbers.probability(row["power_one_sd"]), half=numbers.probability(row["power_half_sd"]),
        )  # fmt: skip
        made.append(Phrase(power))
    return [*made[:-1], replace(made[-1], sources=row["source"])]


def _variant(row: dict[str, Any], texts: Texts) -> str:
    sizes = {"strong": row["names_bottleneck"], "weak": row["names_pressured"]}
    if row["spread_change"] is None:
        return texts.claim_variant_untested.format(verdict=row["verdict"], **sizes)
    shift, p = numbers.percentage_points(row["spread_change"]), numbers.probability(row["p"])
    return texts.claim_variant.format(verdict=row["verdict"], shift=shift, p=p, **sizes)


def history(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return margins by tier in the last quarters, and the names behind them folded."""
    if data.dispersion.is_empty():
        return (paragraph(texts.dispersion_none),)
    called = Names(data)
    rows, names = [], []
    for row in data.dispersion.sort("quarter", descending=True).iter_rows(named=True):
        margins = [_counted(row[f"margin_{t}"], row[f"names_{t}"], texts) for t in TIER_COLUMNS]
        rows.append(
            (
                numbers.day(row["quarter"]), *margins, numbers.percentage_points(row["spread"]),
                _matched(row, texts), numbers.signed_percent(row["growth_bottleneck"]),
                numbers.signed_percent(row["growth_pressured"]), numbers.percent(row["dispersion"]),
            )
        )  # fmt: skip
        used = Phrase(_composition(row["composition"], called), sources=row["source"])
        names.append((numbers.day(row["quarter"]), used, row["reason"] or numbers.DASH))
    made = table(texts.dispersion_headers, rows, label="estimate", numeric=range(1, 9))
    folded = Folded(
        texts.composition_summary.format(count=len(names)),
        (table(texts.composition_headers, names, label="fact"),),
    )
    return (paragraph(texts.dispersion_intro), made, folded)


def _composition(text: str | None, names: Names) -> str:
    """Return ``tier: ticker, ticker; tier: ticker`` with the companies' names in place of the tickers."""
    parts = [part.partition(": ") for part in (text or "").split("; ") if part]
    said = [
        f"{tier}: {', '.join(names.of(ticker) for ticker in tickers.split(', '))}"
        for tier, _, tickers in parts
    ]
    return "; ".join(said) or numbers.DASH


def _counted(value: float | None, count: int | None, texts: Texts) -> str:
    return (
        numbers.DASH
        if value is None
        else texts.dispersion_names.format(value=numbers.percent(value), count=count)
    )


def _matched(row: dict[str, Any], texts: Texts) -> str:
    if row["spread_change"] is None:
        return numbers.DASH
    change = numbers.percentage_points(row["spread_change"])
    return texts.dispersion_matched.format(
        value=change, strong=row["matched_bottleneck"], weak=row["matched_pressured"]
    )


def agreement(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return whether tiers and evidence order the names alike, each measure folded."""
    found = {row["measure"]: row for row in data.agreement.iter_rows(named=True)}
    names = dict(texts.agreement_measures)
    if (first := found.get(SCORE)) is None:
        return ()
    if first["kendall_tau_b"] is None:
        lead = paragraph(texts.agreement_none.format(reason=first["reason"]))
    else:
        words = texts.agreement_line.format(
            verdict=dict(texts.agreement_verdicts)[first["verdict"]],
            tau=numbers.standard_score(first["kendall_tau_b"]), n=first["n"],
            p=numbers.probability(first["p"]), one=numbers.probability(first["power_one_sd"]),
            half=numbers.probability(first["power_half_sd"]),
        )  # fmt: skip
        blind = f" {_blind(found[DEFAULTS], texts)}" if DEFAULTS in found else ""
        lead = paragraph(Phrase(words + blind, label="estimate"))
    made = table(
        texts.agreement_headers,
        [_measure(found[key], texts) for key in names if key in found and found[key]["n"] > 0],
        label="estimate",
        numeric=(2, 3, 4, 5, 6, 7),
    )
    if not made.rows:
        return (lead,)
    summary = texts.agreement_summary.format(count=len(made.rows))
    return (lead, Folded(summary, (paragraph(texts.agreement_intro), made)))


def _blind(row: dict[str, Any], texts: Texts) -> str:
    """The same test on tiers that were not set with a company's own margins in view."""
    if row["kendall_tau_b"] is None:
        return texts.agreement_blind_none.format(reason=row["reason"])
    return texts.agreement_blind.format(
        verdict=dict(texts.agreement_verdicts)[row["verdict"]].lower(),
        tau=numbers.standard_score(row["kendall_tau_b"]), n=row["n"], p=numbers.probability(row["p"]),
    )  # fmt: skip


def _measure(row: dict[str, Any], texts: Texts) -> tuple[str, ...]:
    pairs = numbers.DASH if row["jonckheere"] is None else f"{row['jonckheere']:,.1f}"
    said = row["verdict"] + (f": {row['reason']}" if row["reason"] else "")
    return (
        dict(texts.agreement_measures).get(row["measure"], row["measure"]),
        row["names_by_tier"] or numbers.DASH,
        numbers.standard_score(row["kendall_tau_b"]),
        pairs,
        numbers.probability(row["p"]),
        numbers.probability(row["power_one_sd"]),
        numbers.probability(row["power_half_sd"]),
        _odds(row, texts),
        said,
    )


def _odds(row: dict[str, Any], texts: Texts) -> str:
    if row["log_odds"] is None:
        return numbers.DASH
    low, middle, high = (exp(row["log_odds"] + k * NORMAL_95 * row["log_odds_se"]) for k in (-1, 0, 1))
    odds = {"odds": numbers.times(middle), "low": numbers.times(low), "high": numbers.times(high)}
    return texts.agreement_odds.format(**odds)
