"""The markdown report: golden files, and properties that an independent parser checks."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from markdown_reading import DEFINITION, FOOTNOTE, headings_of, table_with, tables_of
from sample_data import (
    FORGE,
    NIMBUS,
    PARTS,
    PIPE_AND_CJK,
    SCREENS,
    UNRANKED,
    empty_data,
    report_data,
    simulated_data,
    unranked_data,
)

from exposures.errors import TableError
from reports import ReportData, render_markdown
from reports.markdown import escape
from reports.sections.compression import warranted_cells
from reports.texts import ENGLISH

MISSING = "Missing inputs, or the reason"
GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "real": report_data,
    "simulated": simulated_data,
    "empty": empty_data,
    "unranked": unranked_data,
}
# Rewrites the golden files: SCREEN_UPDATE_GOLDEN=1 pytest tests/test_reports; then read the diff.
IS_UPDATE = os.environ.get("SCREEN_UPDATE_GOLDEN") == "1"
SECTIONS = [
    "What the screen says", "Rankings", "Tiers against evidence", "Compression in detail", "Loops with amounts",
    "What a funding stop would do",
    "Payers: what the spending returns", "Scenarios", "What the research notes claim, and what the figures say", "Watch lines", "Events ahead", "Data gaps", "Assumptions",
    "Method in short", "Sources", "Disclaimer",
]  # fmt: skip


@pytest.fixture(params=sorted(CASES))
def data(request: pytest.FixtureRequest) -> ReportData:
    return CASES[request.param]()


@pytest.mark.parametrize("case", sorted(CASES))
def test_report_is_the_golden_file_byte_for_byte(case: str) -> None:
    path = GOLDEN / f"{case}.md"
    text = render_markdown(CASES[case]())
    if IS_UPDATE:
        path.write_bytes(text.encode())
    stored = path.read_bytes().decode()
    diff = "\n".join(
        difflib.unified_diff(stored.splitlines(), text.splitlines(), "golden", "now", lineterm="")
    )
    assert text == stored, f"{diff}\nmeant? rerun with SCREEN_UPDATE_GOLDEN=1"


def test_same_data_gives_the_same_text(data: ReportData) -> None:
    assert render_markdown(data) == render_markdown(data)


def test_order_of_rows_in_the_frames_does_not_matter() -> None:
    data = report_data()
    keep = {"watch", "figures"}  # these two print in the order of the theme's files
    turned = {
        field: getattr(data, field).reverse()
        for field in data.__dataclass_fields__
        if isinstance(getattr(data, field), pl.DataFrame) and field not in keep
    }
    assert render_markdown(replace(data, **turned)) == render_markdown(data)


def test_sections_stand_in_the_order_of_the_contract(data: ReportData) -> None:
    text = render_markdown(data)
    headings = headings_of(text)
    assert [words for level, words in headings if level == 2] == SECTIONS
    assert [level for level, _ in headings].count(1) == 1
    assert headings[0][0] == 1
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_simulated_stands_in_title_and_banner_only_when_simulated() -> None:
    real, simulated = (render_markdown(d).splitlines() for d in (report_data(), simulated_data()))
    assert "SIMULATED" in simulated[0]
    assert simulated[2] == "> [!CAUTION]"
    assert "SIMULATED" in simulated[3]
    assert "Yahoo did not answer" in "\n".join(simulated[:8])
    assert not any("SIMULATED" in line for line in real)
    assert not any(line.startswith(">") for line in real)


def test_a_note_on_the_source_makes_a_banner_of_its_own() -> None:
    data = report_data()
    noted = replace(data, facts=replace(data.facts, source_note="Stored data, 9 days old."))
    lines = render_markdown(noted).splitlines()
    assert lines[2:4] == ["> [!WARNING]", "> **Stored data, 9 days old.**"]


def test_every_footnote_is_defined_once_and_every_definition_is_used(data: ReportData) -> None:
    text = render_markdown(data)
    defined = DEFINITION.findall(text)
    assert len(defined) == len(set(defined))
    assert set(FOOTNOTE.findall(text)) == set(defined)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in defined)


def test_sources_carry_address_and_date_and_unlisted_keys_say_so() -> None:
    text = render_markdown(report_data())
    assert "[^chipforge-8-k]: chipforge 8-K, filing, 2026-02-27, <https://sec.example/8k>" in text
    assert "[^files]: files, market data of this run: files of a test" in text
    assert "[^udn-rails]: udn rails, press, 2026-03-02, <https://udn.example/rails?a=1%7C2>" in text


def test_every_table_parses_with_as_many_cells_as_headers(data: ReportData) -> None:
    text = render_markdown(data)
    rules = [line for line in text.splitlines() if re.fullmatch(r"\|( -+:? \|)+", line)]
    tables = tables_of(text)
    assert len(tables) == len(rules)
    for line, table in zip(rules, tables, strict=True):
        assert {len(row) for row in table} == {line.count("|") - 1}
    # GFM pads short rows and cuts long ones, so count the unescaped bars of each line as well.
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_no_missing_value_leaks_into_the_text(data: ReportData) -> None:
    assert re.findall(r"\b(?:nan|NaN|None|null|inf|Infinity|True|False)\b", render_markdown(data)) == []


def test_every_table_of_figures_carries_a_label() -> None:
    text = render_markdown(report_data())
    without = []
    for found in re.finditer(
        r"(?:^\|.*\n)+(\n\*Label: (fact|estimate|inference)\.\*\n)?", text, re.MULTILINE
    ):
        header = found[0].splitlines()[0]
        if found[1] is None and "| Label |" not in header:
            without.append(header.split("|")[-2].strip())
    # Reasons and gaps hold no figure of a company.
    assert sorted(set(without)) == ["Names", "Reason", "What is missing", "Which"]


def test_names_with_bars_and_cjk_survive() -> None:
    text = render_markdown(report_data())
    row = next(row for row in table_with(text, "What moved the score") if row[5] == "9001.TW")
    assert row[4] == PIPE_AND_CJK


def test_ties_share_the_lower_rank_and_show_it() -> None:
    text = render_markdown(report_data())
    ranks = {row[5]: row[0] for row in table_with(text, "What moved the score")[1:]}
    assert ranks == {"111111.KS": "1", "9001.TW": "=2", "9002.TW": "=2"}
    taiwan = table_with(text, "Rank in Taiwan")
    assert [row[0] for row in taiwan[1:]] == ["=1", "=1", "3"]


def test_printed_points_add_up_to_the_printed_score() -> None:
    checked = 0
    for table in tables_of(render_markdown(report_data())):
        if table[0][1] != "Start":
            continue
        for row in table[1:]:
            points = [float(cell) for cell in row[1:-1] if cell != "–"]
            assert round(sum(points), 1) == float(row[-1])
            checked += 1
    shown = {key for key in PARTS if key not in UNRANKED} - {("beneficiaries", "9003.TW")}
    assert checked == len(shown)


def test_points_in_words_are_the_points_of_the_table() -> None:
    text = render_markdown(report_data())
    moved = {row[4]: row[9] for row in table_with(text, "What moved the score")[1:]}
    table = table_with(text, "Start")
    for row in table[1:]:
        for label, points in zip(table[0][2:-1], row[2:-1], strict=True):
            words = re.search(rf"{label} [^;]*\(([+-][\d.]+),", moved[row[0]])
            assert words is None or words[1] == points


@pytest.mark.parametrize(("top", "shown", "folded"), [(1, 1, 3), (3, 3, 1), (0, 4, 0), (99, 4, 0)])
def test_top_rows_are_shown_and_the_rest_is_folded(top: int, shown: int, folded: int) -> None:
    data = report_data()
    text = render_markdown(replace(data, facts=replace(data.facts, top=top)))
    section = text.split("### Beneficiaries")[1].split("### Compression")[0]
    ranked = [table for table in tables_of(section) if "What moved the score" in table[0]]
    assert [len(table) - 1 for table in ranked] == [n for n in (shown, folded) if n]
    assert ("<summary>Lower ranks: " in section.split("#### Taiwan")[0]) == bool(folded)


def test_folded_parts_open_and_close() -> None:
    text = render_markdown(report_data())
    assert text.count("<details>\n<summary>") == text.count("</details>") > 5
    # GitHub reads markdown inside only after an empty line.
    assert "</summary>\n|" not in text
    assert "|\n</details>" not in text


def test_unranked_names_carry_their_reason() -> None:
    table = table_with(render_markdown(report_data()), MISSING)
    missing = "Gross margin, Revenue at risk, Revenue growth"
    assert table[1] == [missing, "40.0%", "1", "Chipforge (CHPF)"]
    assert render_markdown(report_data()).count("the reason is: inputs below 60% of the weights;") == 1
    causes = table_with(render_markdown(report_data()), "Component")
    assert causes[1:] == [
        [label, "fewer than 4 quarters", "1"]
        for label in ("Gross margin", "Revenue at risk", "Revenue growth")
    ]
    header, *groups = table_with(render_markdown(unranked_data()), MISSING)
    # Names that lack the same stand in one row, those with most of their inputs first.
    assert {row[0] for row in groups} == {"no prices"}
    assert sum(int(row[header.index("Names")]) for row in groups) == 5
    shares = [float(row[1].rstrip("%")) for row in groups]
    assert shares == sorted(set(shares), reverse=True)


def test_what_counts_for_nobody_is_said_with_the_commonest_reason() -> None:
    data = report_data()
    text = render_markdown(data)
    assert "Left out for all" not in text
    blank = pl.col("component") == "revenue_growth"
    bare = data.contributions.with_columns(
        *(pl.when(~blank).then(pl.col(name)).alias(name) for name in ("value", "z", "contribution")),
        reason=pl.when(blank)
        .then(
            pl.when(pl.col("ticker") == "111111.KS").then(pl.lit("no revenue")).otherwise(pl.lit("too short"))
        )
        .otherwise("reason"),
    )
    assert "Left out for all: Revenue growth (too short)." in render_markdown(
        replace(data, contributions=bare)
    )


def test_ranked_names_are_counted_for_payers_and_taiwan() -> None:
    text = render_markdown(report_data())
    assert "1 of 1 payers could be ranked." in text
    assert "3 of 3 Taiwanese names are ranked." in text
    data = report_data()
    abroad = pl.when(pl.col("ticker") == FORGE).then(pl.lit("KY/TW")).otherwise("country")
    more = render_markdown(replace(data, rows=data.rows.with_columns(country=abroad)))
    assert "3 of 4 Taiwanese names are ranked." in more


def test_a_fact_from_the_simulated_market_is_called_simulated() -> None:
    data = report_data()
    drawn = data.contributions.with_columns(source=pl.lit("seed 000+sample (4 quarters)"))
    text = render_markdown(replace(data, contributions=drawn))
    moved = [row[9] for row in table_with(text, "What moved the score")[1:]]
    assert all("simulated)" in cell and "fact)" not in cell for cell in moved)
    assert "inference)" in moved[0]
    other = data.contributions.with_columns(source=pl.lit("a sample of offers"))
    assert "simulated)" not in render_markdown(replace(data, contributions=other))


def test_a_scenario_stands_in_the_title_and_in_a_box() -> None:
    data = report_data()
    facts = replace(data.facts, scenario="hbm-relief", scenario_name="HBM relief", source_note="Old data.")
    lines = render_markdown(replace(data, facts=facts)).splitlines()
    assert lines[0].endswith('under the scenario "HBM relief"')
    assert lines[2] == "> [!WARNING]"
    assert "NOT HISTORY" in lines[3]
    assert "Old data." in lines[5]
    assert "scenario" not in render_markdown(data).splitlines()[0]


def test_growth_and_margin_have_their_own_names() -> None:
    # 111111.KS 71% and 9002.TW 22% grow; a third name has a published margin alone.
    data = report_data()
    margin = pl.when(pl.col("ticker") == "9001.TW").then(0.05).otherwise("gross_margin_change")
    published = data.evidence.with_columns(gross_margin_change=margin)
    table = table_with(render_markdown(replace(data, evidence=published)), "Names with growth")
    assert table[1] == ["bottleneck", "2", "+46.5%", "3", "67.2%", "+6.9 pp"]


def test_labs_coverage_by_hand() -> None:
    # Revenue 12 and debt 9.5 (8.0 on the ledger) against 3.25 paid; the plug of 0.02 is no funding.
    text = render_markdown(report_data())
    table = table_with(text, "Coverage with funding")
    assert [row[2:] for row in table[1:]] == [
        ["2026-2028", "12.0", "9.5", "3.2", "3.69x", "6.62x", "inference"],
        ["2026-2028", "12.0", "8.0", "3.2", "3.69x", "6.15x", "estimate"],
    ]
    assert "Cash drawn" not in text
    data = report_data()
    none = data.lab_coverage.clear()
    assert "Commitment coverage" not in render_markdown(replace(data, lab_coverage=none))


def test_contingent_claims_keep_notes_that_differ() -> None:
    text = render_markdown(report_data())
    assert table_with(text, "Guarantor or issuer")[1][5] == "drawn only on default"
    assert text.count("it is no flow until it is called") == 1


def test_payers_and_users_are_said_to_be_outside_the_tiers() -> None:
    text = render_markdown(report_data())
    assert "payers are Nimbus Cloud; users are Appsmith." in text
    assert "outside (payer)" in text
    tiers = table_with(text, "Companies")
    assert [row[0] for row in tiers[1:]] == ["bottleneck"] * 3 + ["contested", "pressured"]
    assert ["bottleneck", "Chassis and rails", "Rail & Co *"] in [row[:3] for row in tiers]


def test_disagreements_and_overrides_are_listed() -> None:
    text = render_markdown(report_data())
    verdicts = table_with(text, "Verdict")
    assert [row[1] for row in verdicts[1:]] == ["9003.TW"]
    override = table_with(text, "In force")
    assert override[1][2:4] == ["pressured", "bottleneck"]
    assert override[1][-1] == "2026-12-31"


def test_expired_overrides_are_named() -> None:
    data = report_data()
    members = data.memberships.with_columns(
        tier_origin=pl.when(pl.col("ticker") == "9002.TW")
        .then(pl.lit("expired override"))
        .otherwise("tier_origin")
    )
    text = render_markdown(replace(data, memberships=members))
    assert "Expired, so the default of the segment holds again: Rail & Co." in text
    assert "No company carries a tier of its own." in text


def test_events_split_at_as_of_and_at_sixty_days() -> None:
    text = render_markdown(report_data())
    ahead, recent = (t for t in tables_of(text) if "Certainty" in t[0])
    assert [row[0] for row in ahead[1:]] == ["2026-06-01", "2026-07-29"]
    assert [row[0] for row in recent[1:]] == ["2026-04-27"]
    # Of today but past: a catalyst, not ahead.
    happened = report_data().events.with_columns(certainty=pl.lit("past"))
    today = render_markdown(replace(report_data(), events=happened))
    (recent,) = (t for t in tables_of(today) if "Certainty" in t[0])
    assert "2026-06-01" in [row[0] for row in recent[1:]]
    # 27 April is 61 days before 27 June: out; 1 June has become a catalyst.
    facts = replace(report_data().facts, as_of=date(2026, 6, 27))
    later = render_markdown(replace(report_data(), facts=facts))
    ahead, recent = (t for t in tables_of(later) if "Certainty" in t[0])
    assert [row[0] for row in ahead[1:]] == ["2026-07-29"]
    assert [row[0] for row in recent[1:]] == ["2026-06-01"]


def test_depreciation_has_a_column_for_each_life() -> None:
    table = table_with(render_markdown(report_data()), "3 years")
    assert table[0][2:] == ["3 years", "4 years", "5 years", "6 years"]
    assert table[1][1:] == ["5", "31.0 (+31.0%)", "24.0 (+10.0%)", "20.0 (0.0%)", "17.1 (-8.0%)"]


def test_the_wall_is_led_by_its_highest_share_with_its_range() -> None:
    text = render_markdown(report_data())
    assert "Twelve quarters ahead (2029-03-31) Nimbus" in text
    assert "48.0 bn USD a year more than now: 50.0% of the operating income" in text
    assert "(40.0% to 66.0% between the low and the high case of spending)" in text
    table = table_with(text, "Low to high")
    assert table[1][1:] == ["5.0", "+16.7%", "+33.3%", "+50.0%", "+40.0% to +66.0%", "120.0", "estimate"]
    assert ["Appsmith", "capex not known by the quarter"] in [row for t in tables_of(text) for row in t]


def test_returns_stand_beside_those_of_a_year_earlier() -> None:
    text = render_markdown(report_data())
    assert "fell on a year earlier for 1 of 1 payers: Nimbus Cloud 36.0% to 11.0%." in text
    table = table_with(text, "Incremental return")
    assert table[1][2:9] == ["+11.0%", "+36.0%", "+15.0%", "–", "112.0%", "82.0%", "-11.8"]


def test_a_backlog_says_who_owes_it_and_what_can_be_counted_on() -> None:
    text = render_markdown(report_data())
    assert "Lab One owes 45.0% of 364.0 bn USD. After default and usage 69.0%" in text
    table = table_with(text, "HHI, low to high")
    assert table[1][1] == "364.0 (fact)"
    assert table[1][7:] == ["0.20 to 0.51 (inference)", "69.0% (40.0% to 97.0%) (inference)"]
    assert "Nimbus Cloud, remaining life: not stated." in text


def test_a_life_change_stands_beside_the_statement() -> None:
    table = table_with(render_markdown(report_data()), "By the model, bn USD")
    assert table[1][1:] == ["2025-01-01", "6 to 5", "+4.1", "+0.70", "yes", "a subset of servers"]


def test_payers_show_ratios_the_proxy_with_its_caveat_and_who_has_none() -> None:
    text = render_markdown(report_data())
    table = table_with(text, "Backlog cover")
    assert [row[3:6] for row in table[1:]] == [["0.41x", "29.0%", "112.0%"], ["0.35x (inference)", "–", "–"]]
    visible = text.split("Read with care:")[1].split("<details>")[0]
    assert "cloud segment over group, 2025: The segment's own capex is not disclosed." in visible
    assert ["Appsmith", "group", "neither statements nor published figures"] in [
        row for table in tables_of(text) for row in table
    ]
    assert "[^none]" not in text


def test_figures_that_newer_ones_replace_stand_beside_them() -> None:
    table = table_with(render_markdown(report_data()), "Older")
    assert table[1][2].startswith("177 bn USD (end-2024)")
    assert table[1][3].startswith("364 bn USD (Q1-26)")


def test_the_name_of_an_absent_screen_is_not_ranked() -> None:
    data = report_data()
    text = render_markdown(replace(data, screens=tuple(v for v in SCREENS if v.key == "payers")))
    assert text.count("This screen was not part of the run.") == 3
    assert next(words for level, words in headings_of(text) if level == 3) == "Payers"


def test_a_frame_that_breaks_its_table_is_refused() -> None:
    data = report_data()
    broken = data.rows.with_columns(score=pl.lit(float("nan")))
    with pytest.raises(TableError, match=r"rows \(ROWS\): score has NaN"):
        render_markdown(replace(data, rows=broken))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a|b", r"a\|b"),
        ("[x](y)", r"\[x\](y)"),
        ("gross_margin", "gross_margin"),
        ("_x_", r"\_x\_"),
        ("~27% and $5 or $6", r"\~27% and \$5 or \$6"),
        ("<0.1% of <b>", r"<0.1% of \<b>"),
        ("S&P &amp; co", "S&P &amp;amp; co"),
        ("two\nlines", "two lines"),
        ("光寶科", "光寶科"),
    ],
)
def test_escape_leaves_no_markup(text: str, drawn: str) -> None:
    assert escape(text) == drawn


def test_a_premium_as_ranked_stands_beside_the_premium() -> None:
    assert warranted_cells("A", {"residual": 0.182, "ranked_residual": 0.1}, None, ENGLISH)[5:7] == (
        "+20.0%",
        "+10.5%",
    )
    assert warranted_cells("A", {"residual": 0.182}, None, ENGLISH)[6] == "–"


def test_a_claim_that_is_only_reported_is_no_fact() -> None:
    data = report_data()
    claims = data.flows.filter(flow_class="contingent", is_assumed=False)
    assert claims.height
    for status, label in (("definitive", "fact"), ("closed", "fact"), ("media_reported", "estimate")):
        flows = data.flows.with_columns(
            status=pl.when(pl.col("flow_id").is_in(claims.get_column("flow_id").to_list()))
            .then(pl.lit(status))
            .otherwise("status")
        )
        rows = table_with(render_markdown(replace(data, flows=flows)), "Guarantor or issuer")[1:]
        assert {row[-1] for row in rows if row[4].startswith(status.replace("_", " "))} == {label}


def test_of_a_payer_the_newest_period_stands_open_and_the_older_ones_are_folded() -> None:
    data = report_data()
    older = data.efficiency.filter(perimeter="group", ticker=NIMBUS).with_columns(
        period=pl.lit("2025"), capex_to_ocf=pl.lit(0.77)
    )
    text = render_markdown(replace(data, efficiency=pl.concat([data.efficiency, older])))
    first, second = (t for t in tables_of(text) if "Backlog cover" in t[0])
    assert [row[5] for row in first[1:]] == ["112.0%", "–"]
    assert [row[5] for row in second[1:]] == ["77.0%"]
    assert "<summary>Other periods of the same: 1</summary>" in text
    said = "Capital spending takes more than the operating cash flow of Nimbus Cloud (112.0% in "
    assert said in text
    thrifty = data.efficiency.with_columns(capex_to_ocf=pl.col("capex_to_ocf") / 2)
    assert "It takes less of Nimbus Cloud (56.0% in " in render_markdown(replace(data, efficiency=thrifty))
