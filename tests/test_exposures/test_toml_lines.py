from __future__ import annotations

from exposures.toml_lines import key_lines, line_of

TEXT = """\
name = "x"

[[segment]]
key = "a"
[[segment]]
key = "b"  # second
tier = "contested"

[screen.capex-loop]
title = "t"
[screen.capex-loop.weights]
own_financing_share = 0.25
[loop]
funding_cut = 0.5
"""


def test_keys_are_found_by_their_path() -> None:
    lines = key_lines(TEXT)
    assert lines[("name",)] == 1
    assert lines[("segment", 0, "key")] == 4
    assert lines[("segment", 1)] == 5
    assert lines[("segment", 1, "tier")] == 7
    assert lines[("screen", "capex-loop", "title")] == 10
    assert lines[("screen", "capex-loop", "weights", "own_financing_share")] == 12
    assert lines[("loop", "funding_cut")] == 14


def test_a_missing_key_stands_where_its_table_stands() -> None:
    lines = key_lines(TEXT)
    assert line_of(lines, ("segment", 1, "role")) == 5
    assert line_of(lines, ("screen", "other")) == 1
