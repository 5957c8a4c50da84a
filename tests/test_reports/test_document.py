"""Blocks: tables refuse ragged rows, folding keeps every row; plain text aligns wide characters."""

from __future__ import annotations

import pytest

from exposures.errors import TableError
from reports.document import Folded, TableBlock, table, table_with_rest
from reports.plain import plain_lines
from reports.texts import ENGLISH


def test_a_row_with_another_number_of_cells_is_refused() -> None:
    with pytest.raises(TableError, match="a row has 1 cells"):
        table(("a", "b"), [("1", "2"), ("3",)])


def test_folding_keeps_every_row() -> None:
    rows = [(str(i),) for i in range(5)]
    first, rest = table_with_rest(("n",), rows, top=2, summary="Rest: {count}")
    assert isinstance(first, TableBlock)
    assert isinstance(rest, Folded)
    assert rest.summary == "Rest: 3"
    folded = rest.blocks[0]
    assert isinstance(folded, TableBlock)
    assert [cell for row in (*first.texts(), *folded.texts()) for cell in row] == list("01234")
    assert len(table_with_rest(("n",), rows, top=0, summary="")) == 1
    assert table_with_rest(("n",), [], top=2, summary="") == ()


def test_plain_columns_align_under_wide_characters() -> None:
    lines = plain_lines(
        (table(("Name", "Score"), [("台積電", "7.0"), ("TSMC", "12.0")], numeric=(1,)),), ENGLISH
    )
    assert lines == ["Name    Score", "------  -----", "台積電    7.0", "TSMC     12.0"]
