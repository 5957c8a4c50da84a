"""Related parties: the two lines, the newest row, no look ahead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from exposures.load import load_theme
from exposures.tables import GROUPS
from models.groups import related_parties

AS_OF = date(2026, 6, 1)


def row(holder: str, held: str, stake: float | None, **more: Any) -> dict[str, Any]:
    known = {
        "holder": holder, "held": held, "stake": stake, "is_control": False, "basis": "x", "source": "x",
        "grade": "A", "known_at": date(2026, 1, 1),
    }  # fmt: skip
    return {**known, **more}


def parties(*rows: dict[str, Any], as_of: date = AS_OF):
    return related_parties(GROUPS.frame(list(rows)), as_of)


@pytest.mark.parametrize(
    ("stake", "is_control", "strict", "loose"),
    [
        (0.1999, False, False, False),
        (0.2, False, False, True),
        (0.5, False, False, True),
        (0.5001, False, True, True),
        (0.1, True, True, True),
        (None, False, False, False),
        (None, True, True, True),
    ],
)
def test_the_two_lines(stake: float | None, is_control: bool, strict: bool, loose: bool) -> None:
    found = parties(row("A", "B", stake, is_control=is_control))
    for node, other in (("A", "B"), ("B", "A")):
        assert (other in found.of(node, "strict")) is strict
        assert (other in found.of(node, "loose")) is loose
        assert found.of(node, "own") == {node}


def test_control_reaches_through_influence_does_not() -> None:
    found = parties(row("A", "B", 0.9), row("B", "C", 0.8), row("C", "D", 0.25), row("D", "E", 0.3))
    assert found.of("A", "strict") == {"A", "B", "C"}
    assert found.of("A", "loose") == {"A", "B", "C", "D"}
    assert found.of("E", "loose") == {"D", "E"}


def test_two_holders_of_one_lab_are_not_related() -> None:
    found = parties(row("A", "LAB", 0.27), row("B", "LAB", 0.3))
    assert found.of("A", "loose") == {"A", "LAB"}
    assert found.of("LAB", "loose") == {"A", "B", "LAB"}


def test_the_newest_row_known_counts() -> None:
    rows = (row("A", "B", 0.3), row("A", "B", 0.1, known_at=date(2026, 6, 1)))
    assert parties(*rows).of("A", "loose") == {"A"}
    assert parties(*rows, as_of=date(2026, 5, 31)).of("A", "loose") == {"A", "B"}
    assert parties(*rows, as_of=date(2025, 12, 31)).of("A", "loose") == {"A"}


def test_the_groups_of_the_theme() -> None:
    """Microsoft holds 27% of OpenAI; Amazon's stake in Anthropic crossed the line once and fell below."""
    theme = load_theme("multicloud-gpu", as_of=AS_OF)
    now = related_parties(theme.groups, AS_OF)
    assert now.of("MSFT", "loose") == {"MSFT", "PRIV:openai"}
    assert now.of("META", "loose") == {"META", "PRIV:beignet-spv"}
    assert [now.of(node, "loose") for node in ("AMZN", "GOOGL", "9984.T", "NVDA")] == [
        {"AMZN"}, {"GOOGL"}, {"9984.T"}, {"NVDA"},
    ]  # fmt: skip
    assert now.of("MSFT", "strict") == {"MSFT"}
    winter = date(2025, 12, 31)
    then = related_parties(load_theme("multicloud-gpu", as_of=winter).groups, winter)
    assert then.of("AMZN", "loose") == {"AMZN", "PRIV:anthropic"}
    autumn = date(2025, 9, 1)
    assert related_parties(theme.groups, autumn).of("MSFT", "loose") == {"MSFT"}
