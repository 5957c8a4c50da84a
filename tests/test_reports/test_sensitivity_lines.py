"""What would move a name across the top five, as the report and `explain` say it."""

from __future__ import annotations

from dataclasses import replace

from sample_data import report_data

from models.tables import SENSITIVITY
from reports import ReportData, explanation, render_markdown
from reports.plain import plain_lines
from reports.texts import ENGLISH

MEMORY, RAIL, BOX = "111111.KS", "9002.TW", "9003.TW"
BASE = {"screen": "beneficiaries"}
NOTHING = "no single input moves it across within its bounds"


def row(ticker: str, rank: int, kind: str, component: str | None, **figures: object) -> dict[str, object]:
    return {**BASE, "ticker": ticker, "rank": rank, "kind": kind, "component": component, **figures}


ROWS = [
    row(MEMORY, 1, "weight", "gross_margin_level", start=0.3, threshold=0.4561, change=0.1561, change_errors=2.44, displaced_by=BOX),
    row(MEMORY, 1, "input", None, reason=NOTHING),
    row(RAIL, 2, "weight", "revenue_growth", start=0.2, threshold=0.05, change=-0.15, change_errors=1.2, displaced_by=BOX),
    row(RAIL, 2, "input", "tier_power", start=2.0, threshold=1.0, change=-1.0, change_errors=3.4, displaced_by=MEMORY),
    row(BOX, 6, "weight", None, reason="no weight of a single component up to 95% moves it across"),
    row(BOX, 6, "input", "gross_margin_level", start=0.064, threshold=0.2, change=0.136, change_errors=1.0, displaced_by=RAIL),
]  # fmt: skip


def data(rows: list[dict[str, object]] = ROWS) -> ReportData:
    return replace(report_data(), sensitivity=SENSITIVITY.frame(rows))


def test_each_name_of_the_top_five_has_one_line_and_the_table_is_folded() -> None:
    text = render_markdown(data())
    assert (
        "- Hanabi Memory leaves the top five if the weight of Gross margin rises above 45.6% (now 30.0%); Boxwell Assembly then"
        f" takes the place; {NOTHING}."
    ) in text
    assert (
        "- Rail & Co leaves the top five if the weight of Revenue growth falls below 5.0% (now 20.0%), or if its Tier becomes"
        " contested (now bottleneck; 3.4 standard errors)."
    ) in text
    assert "- Boxwell Assembly" not in text
    folded = text[text.index("<summary>What would move a name out of the top five") :]
    table = folded[: folded.index("</details>")]
    assert "| Boxwell Assembly | 6 | input | Gross margin | 6.4% | 20.0% | 1.0 | Rail & Co |" in table
    assert f"| Hanabi Memory | 1 | input | {NOTHING} | – | – | – | – |" in table


def test_an_explanation_says_what_brings_a_name_in() -> None:
    words = " ".join(plain_lines(explanation(data(), BOX).blocks, ENGLISH))
    assert (
        "enters the top five if its figure for Gross margin rises to 20.0% (now 6.4%; 1.0 standard errors)"
        in words
    )
    assert "Rail & Co then gives up the place" in words
    assert (
        "Input errors: true rank 1 to 6 at 95% for this name alone, 1 to 7 with all names judged at once."
        in words
    )


def test_a_screen_of_few_names_says_so_once() -> None:
    reason = "only 3 names are ranked, so all of them are among the first 5"
    rows = [
        row(t, r, k, None, reason=reason) for t, r in ((MEMORY, 1), (RAIL, 2)) for k in ("weight", "input")
    ]
    text = render_markdown(data(rows))
    assert text.count(reason) == 1
    assert " leaves the top five if " not in text
    alone = " ".join(plain_lines(explanation(data(rows), RAIL).blocks, ENGLISH))
    assert f"Rail & Co stays in the top five: {reason}." in alone


def test_a_run_without_the_table_prints_nothing_of_it() -> None:
    assert "top five, or into it" not in render_markdown(data([]))
