"""`screen loops`: one row a path, with and without assumptions."""

from __future__ import annotations

from dataclasses import replace

from markdown_reading import tables_of
from sample_data import FORGE, LAB, empty_data, report_data

from models.tables import LOOPS
from reports import loop_rows, loop_table, render_markdown
from reports.loops import bottleneck_groups
from reports.plain import plain_lines
from reports.texts import ENGLISH


def test_the_same_path_in_both_cases_is_one_row() -> None:
    three, two = loop_rows(report_data())
    # The two cases start the path at different nodes.
    assert (three.ledger_bn_usd, three.with_assumptions_bn_usd, three.label) == (6.25, 6.25, "estimate")
    assert three.path == 'Chipforge → Lab "One" → Nimbus Cloud → Chipforge'
    assert (two.ledger_bn_usd, two.with_assumptions_bn_usd, two.label) == (None, 4.0, "inference")
    assert two.deals == ("A001", "D002")
    assert (three.owed_bn_usd, two.owed_bn_usd) == (6.25, None)


def test_direction_matters() -> None:
    data = report_data()
    turned = data.loops.to_dicts()
    turned[0]["nodes"] = turned[0]["nodes"][::-1]
    assert len(loop_rows(replace(data, loops=LOOPS.frame(turned)))) == 3


def test_table_and_lines_have_a_row_for_each_loop() -> None:
    table = loop_table(report_data())
    assert [row[0] for row in table.texts()] == ["L02", "L01"]
    assert all(len(row) == len(table.headers) for row in table.rows)
    lines = plain_lines((table,), ENGLISH)
    assert len(lines) == 4
    assert lines[0].split()[0] == "Loop"


def test_no_loop_gives_no_row() -> None:
    assert loop_table(empty_data()).rows == ()


def test_variants_over_the_same_smallest_edge_are_one_group() -> None:
    # D002 finances the lab from Chipforge; a loop that starts elsewhere meets no financing edge.
    data = report_data()
    like = next(row for row in data.loops.to_dicts() if row["has_assumption"])
    made = [
        ([FORGE, LAB], 4.0),
        ([FORGE, LAB, "X"], 4.001),
        ([FORGE, LAB, "Y"], 3.5),
        (["X", "Y"], 4.0),
    ]
    rows = [
        {**like, "loop_id": f"L{i}", "nodes": nodes, "bottleneck_bn_usd": amount}
        for i, (nodes, amount) in enumerate(made)
    ]
    groups = bottleneck_groups(data, loop_rows(replace(data, loops=LOOPS.frame(rows))))
    assert [[row.nodes[-1] for row in group] for group in groups] == [["X", LAB], ["Y"], ["Y"]]
    assert {group[0].nodes for group in groups} == {(FORGE, LAB, "X"), ("X", "Y"), (FORGE, LAB, "Y")}


def test_smaller_loops_are_folded_with_their_number() -> None:
    data = report_data()
    like = next(row for row in data.loops.to_dicts() if row["has_assumption"])
    rows = [{**like, "loop_id": f"L{i}", "nodes": [FORGE, LAB, f"N{i:02d}"]} for i in range(15)]
    text = render_markdown(replace(data, loops=LOOPS.frame(rows)))
    assert "<summary>Smaller loops: 5, in 1 rows</summary>" in text
    assert "amounts are the smallest edge on the way and do not add up." in text
    shown, rest = (t for t in tables_of(text) if t[0][0] == "Loop")
    assert len(shown) == 11
    assert [row[-2] for row in rest] == ["Loops in the row", "5"]
