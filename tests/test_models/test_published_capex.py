"""Published cases of methods, section 3 and P16: Amazon's identities, growth and lives, at the printed digits."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from exposures.tables import FIGURES
from models.capex_accounts import published_accounts
from models.depreciation import depreciation_to_capex, depreciation_to_capex_year_end, life_change_charge
from models.vintages import LifeChange, steady_depreciation_to_capex, vintage_charges
from tests.test_models.test_capex_efficiency import YEAR, figure, run

LAST_YEAR = date(2024, 12, 31)
# Quarterly AWS D&A, opencapital.sh, as methods section 3 quotes them (2024 | 2025), bn USD.
AWS_2024, AWS_2025 = (2.84, 3.08, 3.54, 3.86), (4.39, 4.84, 5.65, 6.57)
# Amazon and AWS 2025 (methods section 3, P16), bn USD.
AMAZON_2025 = [
    figure(1, "operating_income", 45.6, YEAR, 12, "AWS"),
    figure(2, "revenue", 128.7, YEAR, 12, "AWS"),
    figure(3, "ocf", 139.514, YEAR, 12),
    figure(4, "ttm_fcf", 11.2, YEAR, 12),
    figure(5, "revenue", 716.9, YEAR, 12),
]


@pytest.mark.parametrize(
    ("life", "year_end", "half_year"),
    [(3, 0.7021605, 0.7723765), (5, 0.5981224, 0.6579347), (6, 0.5542517, 0.6096769)],
)
def test_steady_growth_of_a_fifth_in_three_ways(life: int, year_end: float, half_year: float) -> None:
    assert round(depreciation_to_capex_year_end(life, 0.2), 7) == year_end
    assert round(depreciation_to_capex(life, 0.2), 7) == half_year
    assert round(steady_depreciation_to_capex(life, 0.2, periods_a_year=1), 7) == half_year


@pytest.mark.parametrize("life", [2, 3, 4, 5, 6, 5.5])
def test_total_charged_is_cost(life: float) -> None:
    for periods_a_year in (1, 4):
        charges = vintage_charges([100.0], life=life, periods=40, periods_a_year=periods_a_year)
        assert charges.sum() == pytest.approx(100.0, abs=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "before", "after"), [(4, 6, "25.0000", "12.5000"), (6, 5, "16.6667", "22.2222")]
)
def test_life_changes_at_age_two(old: float, new: float, before: str, after: str) -> None:
    assert f"{100 / old:.4f}" == before
    assert f"{life_change_charge(100, age=2, old_life=old, new_life=new):.4f}" == after
    charges = vintage_charges(
        [100.0], life=old, lag=0.5, periods=4, periods_a_year=1, change=LifeChange(3, new)
    )
    assert [f"{charges[i]:.4f}" for i in (2, 3)] == [before, after]


def test_amazon_2025_net_capex_and_ratios() -> None:
    group = run(AMAZON_2025).efficiency.row(by_predicate=pl.col("perimeter") == "group", named=True)
    assert f"{group['capex_bn_usd']:.1f}" == "128.3"
    assert f"{group['capex_to_ocf']:.4f}" == "0.9197"
    assert f"{group['capex_to_revenue']:.4f}" == "0.1790"
    # The stated rise of purchases, 50.7, gives 2024's net capex.
    assert f"{group['capex_bn_usd'] - 50.7:.1f}" == "77.6"


def test_aws_2025_margin_and_proxy() -> None:
    aws = run(AMAZON_2025).efficiency.row(by_predicate=pl.col("perimeter") == "AWS over Amazon", named=True)
    assert f"{aws['operating_income_bn_usd'] / aws['revenue_bn_usd']:.5f}" == "0.35431"
    assert f"{aws['operating_income_per_capex']:.4f}" == "0.3554"


def test_rpo_of_177_over_4_1_years() -> None:
    backlog = run(
        [
            *AMAZON_2025[:2],
            figure(6, "rpo", 177.0, LAST_YEAR, 0, "AWS"),
            figure(7, "rpo_avg_remaining_life", 4.1, LAST_YEAR, 0, unit="years", currency=None),
        ]
    ).backlog
    value = dict(backlog.select("measure", "value").rows())
    assert f"{value['run_off']:.1f}" == "43.2"
    assert f"{100 * value['run_off_to_revenue']:.1f} %" == "33.5 %"
    assert f"{value['cover']:.3f}" == "1.375"
    assert value["remaining_life"] == 4.1


def test_aws_backlog_a_year_before() -> None:
    # Q4-25 backlog 244, +40%: 174 a year earlier.
    assert f"{244 / 1.40:.0f}" == "174"


def test_aws_depreciation_by_year_is_what_the_theme_holds() -> None:
    assert f"{sum(AWS_2024):.2f}" == "13.32"
    assert f"{sum(AWS_2025):.2f}" == "21.45"
    assert f"{sum(AWS_2025) / sum(AWS_2024) - 1:+.0%}" == "+61%"
    assert f"{sum(AWS_2025) / 128.7:.1%}" == "16.7%"
    from exposures.load import load_theme

    figures = load_theme("multicloud-gpu", as_of=date(2026, 6, 1)).figures
    held = figures.filter(pl.col("metric") == "depreciation_amortization").sort("period_end")
    assert held.get_column("value").to_list() == [pytest.approx(sum(AWS_2024)), pytest.approx(sum(AWS_2025))]


def test_published_accounts_close_to_the_rounding() -> None:
    year = published_accounts(
        figures=FIGURES.frame(AMAZON_2025[2:]), ticker="AMZN", fx_to_usd={}, as_of=date(2026, 6, 1)
    )
    assert (year[0].ocf or 0.0) - (year[0].fcf or 0.0) == pytest.approx(128.314)
