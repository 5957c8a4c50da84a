"""Metrics in words: abbreviations spelled out, words kept."""

from __future__ import annotations

import pytest

from models.figure_words import metric_words


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("ttm_fcf", "twelve-month free cash flow"),
        ("commercial_rpo", "commercial backlog (RPO)"),
        ("rpo_due_12m", "backlog (RPO) due within 12 months"),
        ("operating_loss", "operating loss"),
        ("revenue", "revenue"),
    ],
)
def test_abbreviations_are_spelled_out(metric: str, words: str) -> None:
    assert metric_words(metric) == words
