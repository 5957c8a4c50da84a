"""The tests behind the tiers in the report: every verdict reads, and nothing missing prints as a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
from markdown_reading import table_with
from sample_data import report_data

from models.tables import DIVERGENCE, PASS_THROUGH, TIER_AGREEMENT, WORKING_CAPITAL
from reports import ReportData, render_markdown
from reports.document import Folded, Paragraph, TableBlock
from reports.sections import divergence, terms
from reports.texts import ENGLISH


def words(data: ReportData) -> str:
    return " ".join(
        phrase.text
        for block in divergence.verdict(data, ENGLISH)
        if isinstance(block, Paragraph)
        for phrase in block.phrases
    )


def with_main(**values: object) -> ReportData:
    data = report_data()
    rows = [row | values if row["variant"] == "assigned" else row for row in data.divergence.to_dicts()]
    return replace(data, divergence=DIVERGENCE.frame(rows))


def test_a_supported_claim_has_its_figures_dates_and_power() -> None:
    text = words(report_data())
    for part in ("supported, from", "2025-12-31 to 2026-03-31, known by 2026-04-30", "+7.4 pp", "+1.1 pp to +12.0 pp",
                 "5 against 6 names", "p 1.5%", "(2.0 pp) with a chance of 42.0%, half of one with 15.0%"):  # fmt: skip
        assert part in text
    assert "Why:" not in text


def test_an_untestable_claim_says_why_and_prints_no_figure_of_the_test() -> None:
    none = dict.fromkeys(("spread_change", "low", "high", "p", "p_narrower", "first_end", "last_end", "known_at",
                          "standard_deviation", "source"))  # fmt: skip
    text = words(with_main(verdict="not testable yet", reason="too few names", **none))
    assert '"Revenue grows, margins diverge": not testable yet, no change on a year before is known.' in text
    assert "Why: too few names." in text
    assert "90% interval" not in text
    one_day = words(with_main(first_end=date(2026, 3, 31)))
    assert "ended 2026-03-31, known" in one_day


def test_agreement_without_a_test_says_why() -> None:
    rows = [
        {
            "measure": "evidence_score",
            "n": 2,
            "verdict": "not testable yet",
            "reason": "2 names have tier and measure",
        }
    ]
    data = replace(report_data(), agreement=TIER_AGREEMENT.frame(rows))
    text = render_markdown(data)
    assert "is not testable yet: 2 names have tier and measure." in text
    assert divergence.agreement(replace(data, agreement=TIER_AGREEMENT.empty()), ENGLISH) == ()


def test_slopes_are_told_for_ten_percent_and_strongest_tier_first() -> None:
    (folded,) = terms.pass_through(report_data(), ENGLISH)
    assert isinstance(folded, Folded)
    (table,) = (b for b in folded.blocks if isinstance(b, TableBlock))
    # ln 1.1 = .0953: .05 and .02 a log unit are .48 and .19 points.
    assert table.texts()[0][:5] == ["bottleneck", "5", "61", "+0.5 pp ± 0.2 pp", "+0.1 pp ± 0.2 pp"]
    assert table.texts()[1][3:6] == ["–", "–", "not identified"]
    assert terms.pass_through(replace(report_data(), pass_through=PASS_THROUGH.empty()), ENGLISH) == ()


def test_terms_list_names_with_figures_below_their_tier() -> None:
    data = report_data()
    (folded,) = terms.working_capital(data, ENGLISH)
    assert isinstance(folded, Folded)
    assert folded.summary.endswith("of 1 names, missing for 1")
    (table,) = (b for b in folded.blocks if isinstance(b, TableBlock))
    assert [row[0] for row in table.texts()] == ["median of the tier", "Hanabi Memory"]
    assert table.texts()[1][3:9] == ["48", "-6 d", "31", "+<1 d", "12.0%", "–"]
    assert terms.working_capital(replace(data, working_capital=WORKING_CAPITAL.empty()), ENGLISH) == ()


def test_rows_in_any_order_read_the_same() -> None:
    data = report_data()
    turned = replace(data, agreement=data.agreement.reverse(), dispersion=data.dispersion.reverse(),
                     divergence=data.divergence.reverse(), pass_through=data.pass_through.reverse(),
                     working_capital=data.working_capital.sort(pl.col("ticker")))  # fmt: skip
    assert render_markdown(turned) == render_markdown(data)


def test_agreement_with_tiers_set_in_view_of_margins_stands_beside_that_with_segment_tiers() -> None:
    data = report_data()
    text = render_markdown(data)
    assert "With every company on the tier of its segment: not shown, tau-b +0.21, 18 names, p 14.1%." in text
    none = {"kendall_tau_b": None, "reason": "one tier, or all values are equal"}
    changed = data.agreement.with_columns(
        pl.when(pl.col("measure") == "evidence_score_default_tiers")
        .then(pl.lit(value).cast(data.agreement.schema[name]))
        .otherwise(pl.col(name))
        .alias(name)
        for name, value in none.items()
    )
    text = render_markdown(replace(data, agreement=changed))
    assert "it is not testable yet: one tier, or all values are equal." in text


def test_a_verdict_does_not_repeat_the_columns_beside_it() -> None:
    data = report_data()
    words = (
        "Gross margin 40.0% (4 quarters); assigned no tier, evidence points to bottleneck. Said: sold out."
    )
    evidence = data.evidence.with_columns(verdict=pl.lit(words), agreement=pl.lit("evidence is stronger"))
    rows = table_with(render_markdown(replace(data, evidence=evidence)), "Evidence says")[1:]
    assert {row[-1].split(" [^")[0] for row in rows} == {"Gross margin 40.0% (4 quarters). Said: sold out."}
