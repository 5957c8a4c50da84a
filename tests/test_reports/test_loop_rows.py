"""`screen loops`: one row a path, with and without assumptions."""

from __future__ import annotations

from dataclasses import replace

from sample_data import empty_data, report_data

from models.tables import LOOPS
from reports import loop_lines, loop_rows, loop_table


def test_the_same_path_in_both_cases_is_one_row() -> None:
    three, two = loop_rows(report_data())
    # The two cases start the path at different nodes.
    assert (three.ledger_bn_usd, three.with_assumptions_bn_usd, three.label) == (6.25, 6.25, "estimate")
    assert three.path == 'Chipforge → Lab "One" → Nimbus Cloud → Chipforge'
    assert (two.ledger_bn_usd, two.with_assumptions_bn_usd, two.label) == (None, 4.0, "inference")
    assert two.deals == ("A001", "D002")


def test_direction_matters() -> None:
    data = report_data()
    turned = data.loops.to_dicts()
    turned[0]["nodes"] = turned[0]["nodes"][::-1]
    assert len(loop_rows(replace(data, loops=LOOPS.frame(turned)))) == 3


def test_table_and_lines_have_a_row_for_each_loop() -> None:
    table = loop_table(report_data())
    assert [row[0] for row in table.texts()] == ["L02", "L01"]
    assert all(len(row) == len(table.headers) for row in table.rows)
    lines = loop_lines(report_data())
    assert len(lines) == 4
    assert lines[0].split()[0] == "Loop"


def test_no_loop_is_a_sentence() -> None:
    assert loop_lines(empty_data()) == ["No closed loop with a financing and a commercial edge was found."]
