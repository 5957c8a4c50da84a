"""The sentences name the first names with the figures that decided."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from sample_data import empty_data, report_data, unranked_data

from models.tables import LOOPS
from reports import headlines


def test_sentences_hold_names_and_figures() -> None:
    power, multiple, circular, payers = (h.sentence for h in headlines(report_data()))
    assert power.startswith(
        "First among the beneficiaries: Hanabi Memory (tier bottleneck, gross margin 58.3%"
    )
    assert "among the Taiwanese names Rail & Co stands first (rank =2 of all)" in power
    # The tier costs Boxwell most; the margin is the first figure behind it.
    assert power.endswith(
        "squeezed at the end of the ranking: Boxwell Assembly (tier pressured, gross margin 6.4%)."
    )
    assert (
        "Chipforge (forward P/E 28.4x, +20.0% against the warranted multiple, P(fall > 10%) 61.0%" in multiple
    )
    assert (
        "Chipforge (12.3% of revenue from its own financing, 44.0% from customers' outside funding"
        in circular
    )
    # Hanabi grew into its multiple: it is no compression.
    assert (
        "already down although earnings held: Chipforge (forward P/E -16.6% in 26 weeks, expected EPS +23.5%)."
        in multiple
    )
    assert "25.9%" not in multiple
    assert circular.startswith(
        "The dependence is more on customers' outside money than on own financing; first in the ranking: Chipforge ("
    )
    assert circular.endswith(
        'on the ledger alone is Chipforge → Lab "One" → Nimbus Cloud → Chipforge, 6.2 bn USD a year over 2026-2028. In the'
        " strict sense, money that passes a party twice (Finn index), 6.6% of all flows go round with assumptions, 4.1% on"
        " the ledger alone."
    )
    assert payers == "Capital spending weighs most on Nimbus Cloud (capex 112.0% of operating cash flow)."


def test_empty_and_unranked_screens_say_so() -> None:
    assert {h.sentence for h in headlines(empty_data())} == {
        "No name could be ranked; 0 are listed below with the reason."
    }
    counts = [h.sentence.split(";")[1].split()[0] for h in headlines(unranked_data())]
    assert counts == ["5", "2", "2", "1"]


def test_no_loop_is_said() -> None:
    *_, circular, _ = headlines(replace(report_data(), loops=LOOPS.empty()))
    assert ". No closed loop was found over 2026-2028. In the strict sense" in circular.sentence


def _circular(loops: list[tuple[str, list[str], float]]) -> str:
    data = report_data()
    like = data.loops.to_dicts()[0]
    rows = [
        {**like, "loop_id": f"L{i}", "case": case, "nodes": nodes, "bottleneck_bn_usd": amount}
        for i, (case, nodes, amount) in enumerate(loops)
    ]
    *_, circular, _ = headlines(replace(data, loops=LOOPS.frame(rows)))
    return circular.sentence.split(". ", 1)[1].split(". In the strict")[0]


def test_the_largest_loop_of_each_case_is_named() -> None:
    ledger = ("ledger", ["A", "B"], 5.0)
    assert _circular([ledger, ("ledger", ["A", "C"], 7.0), ("with_assumptions", ["A", "B"], 9.0)]) == (
        "The largest loop that closes on the ledger alone is A → C → A, 7.0 bn USD a year over 2026-2028; with"
        " assumptions the largest is A → B → A, 9.0 bn USD a year"
    )
    assert _circular([ledger, ("with_assumptions", ["B", "A"], 9.0)]).endswith(
        "2026-2028 (9.0 bn USD with assumptions)"
    )
    assert _circular([("with_assumptions", ["A", "B"], 9.0)]) == (
        "No loop closes on the ledger alone over 2026-2028; with assumptions the largest is A → B → A, 9.0 bn USD a year"
    )


def test_own_money_is_not_called_the_smaller_part_when_it_is_larger() -> None:
    data = report_data()
    own = data.contributions.with_columns(
        value=pl.when(pl.col("component") == "own_financing_share").then(0.9).otherwise("value")
    )
    *_, circular, _ = headlines(replace(data, contributions=own))
    assert "more on customers' outside money" not in circular.sentence
    assert "Most dependent on circular or outside capital: Chipforge" in circular.sentence


def test_missing_figures_are_left_out_of_the_sentence() -> None:
    data = report_data()
    bare = replace(
        data,
        decomposition=data.decomposition.clear(),
        forecast=data.forecast.clear(),
        warranted=data.warranted.clear(),
    )
    _, multiple, *_ = headlines(bare)
    assert multiple.sentence.startswith(
        "Compression risk is highest at Chipforge and Hanabi Memory; no multiple has"
    )
    assert "–" not in multiple.sentence
