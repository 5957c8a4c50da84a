"""Changes of life on real dates: stated against modelled, by hand, and a scenario's restated income."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from models.asset_classes import SHORT_LIVED_SHARE
from models.capex_history import quarter_after
from models.vintages import LifeChange, vintage_charges
from tests.test_models.test_capex_efficiency import AMAZON, Q1, figure, part, run
from tests.test_models.test_depreciation_wall import filings, wall

EFFECTIVE = date(2025, 1, 1)
LIFE = AMAZON[15]


def change(
    effect: float | None = 0.7, metric: str = "server_life_depreciation_rise", **more: Any
) -> list[Any]:
    rows = [
        figure(80, "server_life_before", 6.0, EFFECTIVE, 0, unit="years", currency=None, **more),
        figure(81, "server_life_after", 5.0, EFFECTIVE, 0, unit="years", currency=None, **more),
    ]
    return rows if effect is None else [*rows, figure(82, metric, effect, EFFECTIVE, 12, **more)]


def test_the_effect_is_of_the_servers_held_on_the_day() -> None:
    # Sixteen quarters to 2026-03; 2025-01-01 opens the quarter to 2025-03, the fifth from the end.
    result = run(change(), **filings([10.0] * 16))
    row = result.life_changes.row(0, named=True)
    assert (row["effective"], row["basis"], row["kind"]) == (EFFECTIVE, "stated", "estimate")
    assert row["stated_effect_bn_usd"] == 0.7
    # Later spending must not count: the same with nothing spent from 2025 on.
    same = run(change(), **filings([10.0] * 11 + [0.0] * 5))
    assert same.life_changes.item(0, "effect_bn_usd") == pytest.approx(row["effect_bn_usd"])
    assert row["is_same_direction"] is True
    assert row["charge_after_bn_usd"] - row["charge_before_bn_usd"] == pytest.approx(row["effect_bn_usd"])
    assert "not disclosed" in row["caveat"]


def test_the_modelled_charge_by_hand() -> None:
    from models.capex_path import BACK_QUARTERS, GROWTH_BEFORE

    before = [10 * (1 + GROWTH_BEFORE) ** (-(back + 1.5) / 4) for back in range(BACK_QUARTERS, 0, -1)]
    held = [SHORT_LIVED_SHARE * amount for amount in [*before, *[10.0] * 11]]
    at = len(held)
    kept, moved = (
        vintage_charges(held, life=6, lag=0.75, periods=at + 4, change=c)[at:].sum()
        for c in (None, LifeChange(at, 5.0))
    )
    row = run(change(), **filings([10.0] * 16)).life_changes.row(0, named=True)
    assert row["charge_before_bn_usd"] == pytest.approx(kept)
    assert row["charge_after_bn_usd"] == pytest.approx(moved)


def test_a_longer_life_lowers_the_charge_and_the_statement_agrees() -> None:
    longer = [
        figure(80, "server_life_before", 4.0, EFFECTIVE, 0, unit="years", currency=None),
        figure(81, "server_life_after", 6.0, EFFECTIVE, 0, unit="years", currency=None),
        figure(82, "server_life_depreciation_fall", 3.7, EFFECTIVE, 12),
    ]
    row = run(longer, **filings([10.0] * 16)).life_changes.row(0, named=True)
    assert row["effect_bn_usd"] < 0
    assert row["stated_effect_bn_usd"] == -3.7
    assert row["is_same_direction"] is True
    wrong = [*longer[:2], figure(82, "server_life_depreciation_rise", 3.7, EFFECTIVE, 12)]
    assert run(wrong, **filings([10.0] * 16)).life_changes.item(0, "is_same_direction") is False


def test_missing_parts_have_reasons() -> None:
    assert run(change(), **filings([10.0] * 8)).life_changes.item(0, "reason").startswith("fewer than 4")
    assert "capex not known" in run(change(), is_simulated=False).life_changes.item(0, "reason")
    silent = run(change(None), **filings([10.0] * 16)).life_changes
    assert silent.item(0, "stated_effect_bn_usd") is None
    assert silent.item(0, "is_same_direction") is None
    assert run(change()[1:], **filings([10.0] * 16)).life_changes.is_empty()
    assert run(change(known_at=date(2026, 7, 1)), **filings([10.0] * 16)).life_changes.is_empty()


def test_a_scenario_lowers_operating_income_by_the_prospective_charge() -> None:
    base, cut = (run([LIFE], **filings([10.0] * 16), server_life_years=y) for y in (None, 3.0))
    row = cut.life_changes.row(by_predicate=pl.col("basis") == "scenario", named=True)
    assert (row["effective"], row["old_life_years"], row["new_life_years"]) == (date(2026, 4, 1), 5.0, 3.0)
    extra = sum(
        wall(cut, "base", h)["depreciation_bn_usd"] - wall(base, "base", h)["depreciation_bn_usd"]
        for h in range(1, 5)
    )
    assert extra > row["effect_bn_usd"] > 0  # servers bought within the year are charged over three as well
    ratio = [part(r, "operating_income_per_capex")["value"] for r in (base, cut)]
    assert ratio[1] == pytest.approx(ratio[0] - extra / 140)
    assert part(cut, "capex_to_ocf")["value"] == part(base, "capex_to_ocf")["value"]
    assert "scenario: servers over 3 years add" in part(cut, "operating_income_per_capex")["detail"]


def test_a_scenario_leaves_a_payer_without_a_stated_life_alone() -> None:
    base, cut = (run([], **filings([10.0] * 16), server_life_years=y) for y in (None, 3.0))
    assert cut.wall.equals(base.wall)
    assert cut.life_changes.is_empty()
    assert part(cut, "operating_income_per_capex") == part(base, "operating_income_per_capex")


def test_the_theme_s_statements_and_the_model_point_one_way() -> None:
    # Plausibility anchors of methods section 3, [S]: Amazon -0.7 of income, Microsoft +3.7, Alphabet +3.4
    # expected, Meta 2025 +2.9. Capital spending here is invented: only the signs are compared.
    from exposures.load import load_theme
    from models.life_changes import stated_changes

    figures = load_theme("multicloud-gpu", as_of=date(2026, 6, 1)).figures
    stated = {
        t: stated_changes(figures, t, as_of=date(2026, 6, 1), fx_to_usd={})[0]
        for t in ("AMZN", "MSFT", "GOOGL", "META")
    }
    assert {t: c.effect for t, c in stated.items()} == {
        "AMZN": 0.7,
        "MSFT": -3.7,
        "GOOGL": -3.4,
        "META": -2.9,
    }
    assert {t: (c.old_life, c.new_life) for t, c in stated.items()} == {
        "AMZN": (6, 5), "MSFT": (4, 6), "GOOGL": (4, 6), "META": (5, 5.5),
    }  # fmt: skip
    for c in stated.values():
        assert (c.new_life < c.old_life) == (c.effect is not None and c.effect > 0)
    assert quarter_after(Q1, 0) == Q1
