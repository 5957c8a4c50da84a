"""The section on a funding stop: what it says in words when contracts hold, break, or nothing is known."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from markdown_reading import table_with
from sample_data import empty_data, report_data
from sample_ledger import FORGE, LAB

from reports import ReportData, render_markdown


def section(data: ReportData) -> str:
    text = render_markdown(data)
    return text[text.index("## What a funding stop would do") : text.index("\n## Payers")]


def test_the_lead_names_the_losers_and_the_cut_at_which_defaults_start() -> None:
    lead = section(report_data()).split("\n\n")[1]
    assert "Chipforge (8.3%; in 90% of the draws 2.0% to 13.0%) and Boxwell Assembly (<0.1%)" in lead
    assert "Firm contracts could still be paid at that cut." in lead
    assert 'Defaults start at a cut of 100.0%, with Lab "One".' in lead


def test_a_default_at_the_cut_of_the_run_is_said_with_both_amounts() -> None:
    data = report_data()
    deep = section(replace(data, facts=replace(data.facts, funding_cut=1.0)))
    assert (
        'At that cut Lab "One" could not pay firm contracts out of revenue and known funding: 6.0 bn USD a year would stay unpaid, 9.0 with'
        in deep
    )
    assert "Firm contracts could still be paid" not in deep


def test_no_default_on_the_grid_is_said() -> None:
    data = report_data()
    calm = data.clearing.with_columns(is_default=pl.lit(False))
    assert "No cut up to 100.0% brings a default on firm contracts." in section(replace(data, clearing=calm))


def test_take_or_pay_shows_both_ends_and_a_dash_without_a_contract() -> None:
    data = report_data()
    nimbus = pl.when(pl.col("ticker") == "9003.TW").then(pl.lit("NIMB")).otherwise(pl.col("ticker"))
    risk = data.revenue_at_risk.with_columns(ticker=nimbus)
    rows = table_with(section(replace(data, revenue_at_risk=risk)), "Linear loss of revenue at 50.0%")
    assert rows[1][5:7] == ["–", "–"]
    assert rows[2][5:7] == ["0.00", "6.0 to 9.0"]


def test_an_unstable_network_stands_out() -> None:
    data = report_data()
    wild = data.equity_at_risk.with_columns(
        spectral_radius=pl.when(pl.col("final_loss").is_not_null()).then(1.387),
        is_unstable=pl.when(pl.col("final_loss").is_not_null()).then(pl.lit(True)),
    )
    assert "**UNSTABLE: losses grow as they travel" in section(replace(data, equity_at_risk=wild))
    assert "largest factor 1.39x a step" in section(replace(data, equity_at_risk=wild))
    still = wild.with_columns(spectral_radius=pl.col("spectral_radius") * 0, is_unstable=pl.lit(False))
    assert "does not come back" in section(replace(data, equity_at_risk=still))


def test_who_has_no_equity_at_risk_is_listed_with_the_reason() -> None:
    rows = table_with(section(report_data()), "Names")
    assert rows[1] == ["no accounts in the panel: not listed", 'Lab "One"']


def test_called_guarantees_stand_apart_and_the_idle_ones_are_counted() -> None:
    shown = section(report_data())
    rows = table_with(shown, "Guarantor")
    assert rows[1][2:6] == ["3.0", "100.0%", "it cannot pay", "1.0"]
    assert "One more guarantee in the ledger is called at no cut." in shown
    data = report_data()
    idle = data.triggered.with_columns(trigger=pl.lit("none"), called_bn_usd=pl.lit(0.0))
    assert "No guarantee in the ledger would be called at any cut up to 100.0%." in section(
        replace(data, triggered=idle)
    )
    unknown = data.triggered.with_columns(
        called_bn_usd=pl.when(pl.col("trigger") == "none").then(0.0), reason=pl.lit("amount not stated")
    )
    assert table_with(section(replace(data, triggered=unknown)), "Guarantor")[1][5] == "–"


def test_each_share_stands_with_its_range_and_the_chance_of_none() -> None:
    rows = table_with(section(report_data()), "Own financing")
    assert rows[1][:4] == ["Chipforge", "5.3%; 4.4% (1.1% to 7.1%)", "2.0%", "1.0%; 0.0% (0.0% to 1.3%)"]
    data = report_data()
    none = data.loop_uncertainty.with_columns(
        pl.lit(None, dtype=pl.Int64).alias("draws"), reason=pl.lit("no draws")
    )
    assert "No draws were made" in section(replace(data, loop_uncertainty=none))


def test_the_yardstick_gives_its_lesson_and_marks_what_is_no_fact() -> None:
    shown = section(report_data())
    assert "on 2000-09-30 Oldtel had promised 8.0 bn USD to its customers and 2.0 bn had been drawn" in shown
    assert "The headline was 4.0x the money that had moved." in shown
    rows = table_with(shown, "Measure")
    assert [row[-1] for row in rows[1:]] == ["fact", "fact", "not used as fact"]


def test_without_a_ledger_there_is_no_funding_to_stop() -> None:
    assert "there is no funding to stop" in section(empty_data())
    data = report_data()
    empty = data.clearing.clear()
    assert FORGE not in section(replace(data, clearing=empty, revenue_at_risk=data.revenue_at_risk.clear()))
    assert LAB not in section(replace(data, clearing=empty))
