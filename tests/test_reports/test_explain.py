"""`screen explain`: contributions that add up, and everything on record about one name."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest
from sample_data import FORGE, PARTS, UNRANKED, report_data, simulated_data

from exposures.errors import NotFoundError
from models.tables import LOOPS
from reports import ReportData, explanation
from reports.document import TableBlock
from reports.plain import plain_lines
from reports.texts import ENGLISH


def explain_lines(data: ReportData, ticker: str) -> list[str]:
    """What ``screen explain`` prints into a pipe."""
    return plain_lines(explanation(data, ticker).blocks, ENGLISH)


@pytest.mark.parametrize(("screen", "ticker"), sorted(key for key in PARTS if key not in UNRANKED))
def test_printed_points_add_up_to_the_printed_score(screen: str, ticker: str) -> None:
    exact = 50 + sum(points for _, points in PARTS[screen, ticker].values() if points is not None)
    lines = explain_lines(report_data(), ticker)
    sums = [line for line in lines if line.startswith("Start 50.00")]
    scores = {}
    for line in sums:
        parts, score = re.fullmatch(r"Start 50\.00, contributions (.*), score (.*)\.", line).groups()
        assert round(50 + sum(map(float, parts.split())), 2) == float(score)
        scores[score] = line
    assert f"{exact:.2f}" in scores


def test_contributions_stand_by_size_with_value_z_weight_points_and_date() -> None:
    blocks = explanation(report_data(), "9003.TW").blocks
    table = next(b for b in blocks if isinstance(b, TableBlock) and b.headers[0] == "Component")
    rows = table.texts()
    assert [row[0] for row in rows] == ["Tier", "Gross margin", "Revenue growth", "Revenue at risk"]
    assert rows[1][1:] == [
        "6.4%",
        "-0.92",
        "30.0%",
        "-9.20",
        "fact",
        "2026-05-20",
        "8 quarters to 2026-03-31; files",
    ]


def test_missing_components_come_last_with_their_reason() -> None:
    blocks = explanation(report_data(), "9001.TW").blocks
    table = next(b for b in blocks if isinstance(b, TableBlock) and b.headers[0] == "Component")
    assert table.texts()[-1] == ["Revenue growth", "–", "–", "–", "–", "fact", "–", "fewer than 4 quarters"]


def test_tier_data_and_sources_are_dated() -> None:
    text = "\n".join(explain_lines(report_data(), "111111.KS"))
    assert "27.0% to 36.0%  customer floor to product line  seed 000; chosun share" in text
    assert re.search(r"Price, KRW +251,000\.00  2026-05-29", text)
    assert re.search(r"Forward P/E +6\.1x  2026-05-27", text)
    assert re.search(r"EV / sales +–  –", text)
    assert "agrees: 58.3% and rising." in text
    assert "cyclical peak: EPS is 4.1x its median" in text


def test_deals_and_loops_of_the_group_are_listed_even_when_not_summed() -> None:
    text = "\n".join(explain_lines(report_data(), FORGE))
    assert re.search(r"D001 .* no +loi +superseded by D002", text)
    assert re.search(r"A001 .* 2\.0 / 4\.0 / 6\.0 +yes .* inference", text)
    assert text.count("→ Chipforge") == 2
    assert "unranked, coverage 40.0%. inputs below 60% of the weights; missing gross margin level" in text


def test_a_name_without_data_says_so() -> None:
    lines = explain_lines(report_data(), "APPS")
    assert lines.count("Nothing on record.") == 4
    assert "In no screen of this run." in lines
    assert "outside (user)" in "\n".join(lines)


def test_simulated_runs_say_so_first() -> None:
    assert explain_lines(simulated_data(), FORGE)[0].startswith("SIMULATED: Chipforge (CHPF)")
    assert "SIMULATED" not in "\n".join(explain_lines(report_data(), FORGE))


def test_unknown_ticker_is_refused_with_a_suggestion() -> None:
    with pytest.raises(NotFoundError, match=r'did you mean "9001\.TW"') as caught:
        explain_lines(report_data(), "9001.TWO")
    assert caught.value.exit_code == 4


def test_a_hub_lists_its_largest_loops_and_counts_the_rest() -> None:
    data = report_data()
    first = data.loops.to_dicts()[0]
    nodes = [f"N{i:02d}" for i in range(13)]
    many = [
        {
            **first,
            "loop_id": f"M{i}",
            "case": "ledger",
            "nodes": [FORGE, node],
            "bottleneck_bn_usd": float(i + 1),
        }
        for i, node in enumerate(nodes)
    ]
    lines = explain_lines(replace(data, loops=LOOPS.frame(many)), FORGE)
    assert "Smaller loops, listed by screen loops: 3." in lines
    shown = [line.split()[0] for line in lines if re.match(r"M\d+ ", line)]
    assert shown == [f"M{i}" for i in range(12, 2, -1)]


def test_sources_of_a_contribution_are_named_once() -> None:
    data = report_data()
    doubled = data.contributions.with_columns(source=pl.lit("files+files+seed 000"))
    text = "\n".join(explain_lines(replace(data, contributions=doubled), "9003.TW"))
    assert "8 quarters to 2026-03-31; files; seed 000\n" in text
