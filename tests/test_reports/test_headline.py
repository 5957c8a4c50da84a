"""The three sentences name the first names with the figures that decided."""

from __future__ import annotations

from dataclasses import replace

from sample_data import empty_data, report_data, unranked_data

from models.tables import LOOPS
from reports import headlines


def test_sentences_hold_names_and_figures() -> None:
    power, multiple, circular = (h.sentence for h in headlines(report_data()))
    assert power.startswith(
        "First among the beneficiaries: Hanabi Memory (tier bottleneck, gross margin 58.3%"
    )
    assert "among the Taiwanese names Rail & Co stands first (rank =2 of all)" in power
    assert "Boxwell" not in power
    assert (
        "Chipforge (forward P/E 28.4x, +20.0% against the warranted multiple, P(fall > 10%) 61.0%" in multiple
    )
    assert (
        "Chipforge (12.3% of revenue from its own financing, 44.0% from customers' outside funding"
        in circular
    )
    assert "already down although earnings held: Hanabi Memory (trailing P/E -25.9% in 13 weeks)" in multiple
    assert "of 2 closed loops (1 on the ledger alone) the largest is Chipforge → Lab" in circular
    assert "6.2 bn USD a year over 2026-2028, with or without assumptions" in circular


def test_empty_and_unranked_screens_say_so() -> None:
    assert {h.sentence for h in headlines(empty_data())} == {
        "No name could be ranked; 0 are listed below with the reason."
    }
    counts = [h.sentence.split(";")[1].split()[0] for h in headlines(unranked_data())]
    assert counts == ["5", "2", "2"]


def test_no_loop_is_said() -> None:
    *_, circular = headlines(replace(report_data(), loops=LOOPS.empty()))
    assert circular.sentence.endswith("no closed loop was found over 2026-2028.")


def test_missing_figures_are_left_out_of_the_sentence() -> None:
    data = report_data()
    bare = replace(
        data,
        decomposition=data.decomposition.clear(),
        forecast=data.forecast.clear(),
        warranted=data.warranted.clear(),
    )
    _, multiple, _ = headlines(bare)
    assert "Chipforge (score" in multiple.sentence
    assert "no multiple has yet fallen" in multiple.sentence
    assert "–" not in multiple.sentence
