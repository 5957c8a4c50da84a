"""The first look: the first five of each ranking, who is in several, and links that lead somewhere."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest
from markdown_reading import headings_of, table_with
from sample_data import empty_data, report_data, simulated_data, unranked_data

from reports import render_markdown
from reports.data import ReportData
from reports.document import Paragraph, TableBlock
from reports.markdown import anchor
from reports.sections import first_look
from reports.texts import ENGLISH

CASES = {"real": report_data, "simulated": simulated_data, "empty": empty_data, "unranked": unranked_data}


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_link_inside_the_report_leads_to_one_heading(case: str) -> None:
    text = render_markdown(CASES[case]())
    anchors = [anchor(words) for _, words in headings_of(text)]
    links = re.findall(r"\]\(#([^)]*)\)", text)
    assert {link: anchors.count(link) for link in links} == dict.fromkeys(links, 1)
    sections = [anchor(words) for level, words in headings_of(text) if level == 2]
    assert [link for link in links if link in sections] == sections[1:]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Payers: what the spending returns", "payers-what-the-spending-returns"),
        ("What the notes claim, and what the figures say", "what-the-notes-claim-and-what-the-figures-say"),
        ("AT&T / Lock-in, 資本", "att--lock-in-資本"),
    ],
)
def test_anchors_are_those_of_github(heading: str, name: str) -> None:
    assert anchor(heading) == name


def test_each_ranking_shows_how_many_are_ranked_and_the_first_five() -> None:
    header, *rows = table_with(render_markdown(report_data()), "Rank 1 means")
    made = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    # Two names share rank 2: their cells say so.
    first = made["Beneficiaries"]
    assert first["1"].startswith("Hanabi Memory (")
    assert first["2"].startswith("=2 ")
    assert first["5"] == "–"
    assert first["Ranked"] == f"{_ranked('beneficiaries')} of {_listed('beneficiaries')}"


def _listed(screen: str) -> int:
    return report_data().rows.filter(screen=screen).height


def _ranked(screen: str) -> int:
    return int(report_data().rows.filter(screen=screen).get_column("rank").count())


def _order(rows: dict[str, list[str]]) -> str:
    """Return the sentence when each screen ranks these tickers, in this order."""
    data = report_data()
    like = data.rows.row(0, named=True)
    made = [
        {**like, "screen": key, "ticker": name, "name": name, "rank": i + 1, "is_tied": False}
        for key, names in rows.items()
        for i, name in enumerate(names)
    ]
    return _sentence(replace(data, rows=pl.DataFrame(made, schema=data.rows.schema)))


def _sentence(data: ReportData) -> str:
    *_, last = first_look.build(data, ENGLISH)
    assert isinstance(last, Paragraph)
    return last.phrases[0].text


def test_a_name_near_the_top_of_two_rankings_is_where_to_look_first() -> None:
    power = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]
    said = _order({"beneficiaries": power, "capex-loop": ["B", "A", "X", "Y"]})
    assert "stand A (Beneficiaries 1 of 10, Capex loop 2 of 4) and B (" in said
    # E is fifth of ten here, and the last of the two ranked there: in no upper half.
    said = _order({"beneficiaries": power, "capex-loop": ["X", "E"]})
    assert said.startswith("Where to look first: no name is near the top of more than one ranking")


def test_one_name_takes_the_singular() -> None:
    assert "more than one ranking stands A (" in _order(
        {"beneficiaries": ["A", "B"], "capex-loop": ["A", "C"]}
    )


def test_nobody_ranked_gives_no_table() -> None:
    assert first_look.build(empty_data(), ENGLISH) == ()
    assert not any(isinstance(b, TableBlock) for b in first_look.build(unranked_data(), ENGLISH))
