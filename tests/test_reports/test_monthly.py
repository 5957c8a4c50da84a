"""The section on monthly revenue: there with rows, in the order of three-month growth, and absent without any."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sample_data import PIPE_AND_CJK, report_data

from reports import render_markdown
from reports.data import MONTHLY, ReportData
from reports.explain import explanation
from reports.plain import plain_lines
from reports.texts import ENGLISH

HEADING = ENGLISH.monthly_heading


def row(ticker: str, **more: object) -> dict[str, object]:
    return {
        "ticker": ticker,
        "period_end": date(2026, 4, 30),
        "known_at": date(2026, 5, 10),
        "revenue": 5.12e10,
        "currency": "TWD",
        "revenue_usd": 1.6e9,
        "source": "twse",
    } | more


@pytest.fixture
def data() -> ReportData:
    rows = [
        row("9001.TW", yoy=0.1, momentum_3m=0.05, acceleration=-0.031),
        row("9002.TW", yoy=None, momentum_3m=None, acceleration=None, revenue_usd=None),
        row("9003.TW", yoy=-0.021, momentum_3m=0.4, acceleration=None, known_at=date(2026, 5, 15)),
    ]
    return replace(report_data(), monthly=MONTHLY.frame(rows))


def section(text: str) -> list[str]:
    after = text.split(f"## {HEADING}\n", maxsplit=1)[1]
    return after.split("\n## ", maxsplit=1)[0].splitlines()


def test_rows_by_growth_over_three_months_with_source_and_day(data: ReportData) -> None:
    rows = [line for line in section(render_markdown(data)) if line.startswith("| ") and "twse" in line]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in rows]
    assert [c[1] for c in cells] == ["9003.TW", "9001.TW", "9002.TW"]
    assert cells[0][2:] == ["2026-04", "51.2 bn TWD", "-2.1%", "+40.0%", "–", "2026-05-15", "twse"]
    assert cells[1][4:7] == ["+10.0%", "+5.0%", "-3.1 pp"]
    assert cells[2][3:7] == ["51.2 bn TWD", "–", "–", "–"]


def test_the_reader_is_told_of_the_lunar_new_year(data: ReportData) -> None:
    text = " ".join(section(render_markdown(data)))
    assert "Lunar New Year" in text
    assert "Label: fact" in text


def test_without_any_month_there_is_no_section() -> None:
    bare = report_data()
    assert bare.monthly.is_empty()
    assert HEADING not in render_markdown(bare)
    assert HEADING not in "\n".join(plain_lines(explanation(bare, "9001.TW").blocks, ENGLISH))


def test_explaining_one_name_shows_its_own_month_only(data: ReportData) -> None:
    own = plain_lines(explanation(data, "9001.TW").blocks, ENGLISH)
    assert HEADING in own
    lines = own[own.index(HEADING) :]
    assert any("+5.0%" in line and PIPE_AND_CJK in line for line in lines)
    assert not any("+40.0%" in line for line in lines)
    assert HEADING not in plain_lines(explanation(data, "111111.KS").blocks, ENGLISH)
