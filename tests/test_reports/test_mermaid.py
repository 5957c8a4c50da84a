"""Diagrams that GitHub's mermaid draws."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from sample_data import FORGE, LAB, NIMBUS, report_data

from reports import render_markdown
from reports.document import Diagram, DiagramEdge, DiagramNode
from reports.mermaid import RESERVED, flowchart, label_text, node_ids

LINE = re.compile(
    r'    [a-z_][a-z0-9_]*(?:\["[^"]+"\]|\(\["[^"]+"\]\)| (?:-->|-\.->)\|"[^"]+"\| [a-z_][a-z0-9_]*)'
)


def test_ids_and_shapes_by_hand() -> None:
    diagram = Diagram(
        (DiagramNode("PRIV:openai", 'Open "AI"', True), DiagramNode("2330.TW", "台積電 [TSMC]", False)),
        (DiagramEdge("2330.TW", "PRIV:openai", "1.5 bn equity", True),),
    )
    assert flowchart(diagram).splitlines() == [
        "flowchart LR",
        "    priv_openai([\"Open 'AI'\"])",
        '    n_2330_tw["台積電 (TSMC)"]',
        '    n_2330_tw -.->|"1.5 bn equity"| priv_openai',
    ]


def test_reserved_words_and_twins_get_ids_of_their_own() -> None:
    assert node_ids(["END", "A.B", "A_B", "光"]) == {"END": "n_end", "A.B": "a_b", "A_B": "a_b_2", "光": "n"}


@given(st.lists(st.text(min_size=1), unique=True, max_size=6))
def test_every_line_keeps_to_the_grammar(names: list[str]) -> None:
    nodes = tuple(DiagramNode(name, name, i % 2 == 0) for i, name in enumerate(names))
    edges = tuple(DiagramEdge(a, b, a, i % 2 == 0) for i, (a, b) in enumerate(pairwise(names)))
    ids = node_ids(names)
    assert len(set(ids.values())) == len(names)
    assert not RESERVED & set(ids.values())
    first, *lines = flowchart(Diagram(nodes, edges)).split("\n")
    assert first == "flowchart LR"
    assert all(LINE.fullmatch(line) for line in lines)


@given(st.text())
def test_labels_hold_nothing_that_breaks_mermaid(text: str) -> None:
    label = label_text(text)
    assert label
    assert not set(label) & set('"<>[]{}|;`\\#\n')


def test_report_draws_loop_edges_with_amounts_and_assumptions() -> None:
    code = render_markdown(report_data()).split("```mermaid\n")[1].split("\n```")[0].splitlines()
    ids = node_ids([FORGE, LAB, NIMBUS])
    assert (
        f'    {ids[FORGE]} -.->|"10.0 bn equity"| {ids[LAB]}' in code
    )  # D002; the superseded D001 is not drawn
    assert f'    {ids[LAB]} -->|"4.0 bn hardware purchase (assumed)"| {ids[FORGE]}' in code
    assert f'    {ids[LAB]} -->|"24.5 bn cloud contract"| {ids[NIMBUS]}' in code
    assert not any("backstop" in line for line in code)
