"""The bundled theme against the facts it was made from."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from exposures import ExposureMap, additive_deals, incomplete_deals
from exposures.csv_files import source_keys

SHARED = Path(os.environ.get("SCREEN_SHARED", Path(__file__).resolve().parents[2] / "../shared"))


def facts(name: str) -> list[dict[str, str]]:
    """Return the rows of a fact file, or skip where the research folder is absent."""
    path = SHARED / "facts" / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"no research facts at {path}")
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def tier(theme_map: ExposureMap, ticker: str, segment: str) -> tuple[str | None, str]:
    row = theme_map.memberships.row(
        by_predicate=(pl.col("ticker") == ticker) & (pl.col("segment") == segment), named=True
    )
    return row["tier"], row["tier_origin"]


def test_row_counts(gpu: ExposureMap) -> None:
    counts = {
        "companies": 121,
        "relations": 76,
        "margins": 112,
        "statements": 46,
        "deals": 126,
        "figures": 255,  # 237 researched; Amazon's OCF of 2025; 17 on lives, AWS depreciation and run-off
    }
    assert {name: getattr(gpu, name).height for name in counts} == counts


def test_every_company_of_the_facts_is_there_in_order(gpu: ExposureMap) -> None:
    expected = [r["ticker"] for r in facts("universe") + facts("universe_extended")]
    assert gpu.companies["ticker"].to_list() == expected


def test_every_exposure_row_of_the_facts_keeps_its_bounds(gpu: ExposureMap) -> None:
    main = {r["ticker"]: r for r in gpu.memberships.filter("is_primary").iter_rows(named=True)}
    split = {"2308.TW"}  # the facts give power and cooling together; the theme has a row for each
    for row in facts("exposures"):
        if row["ticker"] not in split:
            low, high = main[row["ticker"]]["revenue_share_low"], main[row["ticker"]]["revenue_share_high"]
            assert low == (float(row["exposure_low"]) if row["exposure_low"] else None), row["ticker"]
            assert high == (float(row["exposure_high"]) if row["exposure_high"] else None), row["ticker"]


def test_companies_without_a_researched_share_have_a_blank_row(gpu: ExposureMap) -> None:
    searched = {r["ticker"] for r in facts("exposures")}
    rest = gpu.exposures.filter(~pl.col("ticker").is_in(searched))
    assert rest["ticker"].n_unique() == 15
    assert rest["revenue_share_low"].null_count() == rest["revenue_share_high"].null_count() == rest.height


def test_tiers_follow_the_facts_except_where_margins_argue_otherwise(gpu: ExposureMap) -> None:
    main = dict(gpu.memberships.filter("is_primary").select("ticker", "tier").iter_rows())
    outside = {"na_payer", "na_user"}
    differs = {
        r["ticker"]
        for r in facts("universe") + facts("universe_extended")
        if main[r["ticker"]] != (None if r["tier"] in outside else r["tier"])
    }
    assert differs == {"2368.TW", "3037.TW", "300476.SZ", "EQIX", "DLR"}


def test_deals_keep_parties_amounts_and_sums(gpu: ExposureMap) -> None:
    rows = {r["deal_id"]: r for r in gpu.deals.iter_rows(named=True)}
    for fact in facts("deals"):
        deal = rows[fact["deal_id"]]
        assert (deal["payer_name"], deal["payee_name"], deal["kind"]) == (
            fact["from"],
            fact["to"],
            fact["kind"],
        )
        assert deal["amount_headline"] == (float(fact["amount_bn"]) if fact["amount_bn"] else None)
        assert deal["amount_low"] == (float(fact["amount_low_bn"]) if fact["amount_low_bn"] else None)
        assert deal["is_additive"] == (fact["additive"] == "yes"), fact["deal_id"]


def test_merged_parties_are_those_of_the_facts(gpu: ExposureMap) -> None:
    node_of = {a: r["node"] for r in gpu.nodes.iter_rows(named=True) for a in r["aliases"]}
    for fact in facts("deals"):
        assert node_of[fact["from"]] == node_of[fact["from_node"]]
        assert node_of[fact["to"]] == node_of[fact["to_node"]]
    assert node_of["AWS"] == node_of["Amazon"] == "AMZN"
    assert node_of["Google Cloud"] == node_of["Alphabet"] == "GOOGL"
    assert node_of["xAI"] == node_of["SpaceX"] == "SPCX"


def test_figures_keep_value_unit_and_order(gpu: ExposureMap) -> None:
    for number, (fact, row) in enumerate(
        zip(facts("figures"), gpu.figures.iter_rows(named=True), strict=False), 1
    ):
        assert row["figure_id"] == f"F{number:03d}"
        assert (row["subject"], row["metric"], row["unit"]) == (fact["node"], fact["metric"], fact["unit"])
        stated = row["text"] if fact["unit"] == "rating" else row["value"]
        assert str(stated or "") == fact["value"] or stated == float(fact["value"])


def test_every_source_of_the_facts_is_kept(gpu: ExposureMap) -> None:
    addresses = {r["url"] for r in facts("sources") + facts("sources_extra")} - {""}
    assert addresses <= set(gpu.sources["url"].drop_nulls())


def test_every_source_key_leads_somewhere(gpu: ExposureMap) -> None:
    known = set(gpu.sources["source"])
    for name in ("companies", "exposures", "deals", "figures", "margins", "overrides", "watch", "events"):
        cells = getattr(gpu, name)["source"].drop_nulls()
        assert {key for cell in cells for key in source_keys(cell)} <= known, name


def test_subsidiaries_merge_into_their_group(gpu: ExposureMap) -> None:
    merged = dict(
        gpu.companies.filter(pl.col("group") != pl.col("ticker")).select("ticker", "group").iter_rows()
    )
    assert merged == {"601138.SS": "2317.TW", "6669.TW": "3231.TW", "ARM": "9984.T"}


def test_roles_outside_the_tiers_have_none(gpu: ExposureMap) -> None:
    outside = gpu.memberships.filter(pl.col("role") != "supplier")
    assert outside.height == 23
    assert outside["tier"].null_count() == outside.height
    assert gpu.memberships.filter(pl.col("role") == "supplier")["tier"].null_count() == 0


@pytest.mark.parametrize(
    ("ticker", "segment", "expected", "origin"),
    [
        ("2059.TW", "chassis_rails", "contested", "override"),
        ("8210.TW", "chassis_rails", "pressured", "default"),
        ("CLS", "server_assembly", "contested", "override"),
        ("2382.TW", "server_assembly", "pressured", "default"),
        ("3017.TW", "liquid_cooling", "contested", "override"),
        ("VRT", "liquid_cooling", "contested", "override"),
        ("2308.TW", "liquid_cooling", "contested", "override"),
        ("3324.TWO", "liquid_cooling", "pressured", "default"),
        ("MOD", "liquid_cooling", "pressured", "default"),
        ("8996.TW", "liquid_cooling", "pressured", "default"),
        ("4062.T", "pcb_substrates", "bottleneck", "override"),
        ("005930.KS", "hbm_memory", "contested", "override"),
        ("000660.KS", "hbm_memory", "bottleneck", "default"),
        ("NVDA", "gpu_accelerator", "bottleneck", "override"),
        ("QCOM", "gpu_accelerator", "contested", "default"),
    ],
)
def test_tier_in_force(gpu: ExposureMap, ticker: str, segment: str, expected: str, origin: str) -> None:
    assert tier(gpu, ticker, segment) == (expected, origin)


def test_a_company_may_sit_in_two_segments_with_two_tiers(gpu: ExposureMap) -> None:
    assert tier(gpu, "NVT", "power_distribution")[0] == "contested"
    assert tier(gpu, "NVT", "liquid_cooling")[0] == "pressured"
    assert tier(gpu, "NVDA", "networking")[0] == "contested"


def test_king_slide_expires(on: Callable[[date], ExposureMap]) -> None:
    before, first, last, after = (date(2026, 2, 24), date(2026, 2, 25), date(2027, 8, 25), date(2027, 8, 26))
    assert tier(on(before), "2059.TW", "chassis_rails") == ("pressured", "default")
    assert tier(on(first), "2059.TW", "chassis_rails") == ("contested", "override")
    assert tier(on(last), "2059.TW", "chassis_rails") == ("contested", "override")
    assert tier(on(after), "2059.TW", "chassis_rails") == ("pressured", "expired override")


def test_evidence_of_an_override_names_figures(gpu: ExposureMap) -> None:
    without = gpu.overrides.filter(~pl.col("evidence").str.contains(r"\d"))
    assert without["ticker"].to_list() == []
    assert gpu.overrides.filter(pl.col("expires") < date(2026, 8, 22)).height == 0


def test_a_letter_of_intent_stands_alone_until_it_is_replaced(on: Callable[[date], ExposureMap]) -> None:
    def letter(day: date) -> dict[str, object]:
        return on(day).deals.row(by_predicate=pl.col("deal_id") == "D001", named=True)

    assert letter(date(2026, 2, 26))["superseded_by"] is None
    assert letter(date(2026, 2, 27))["superseded_by"] == "D003"
    assert letter(date(2026, 2, 26))["is_additive"] is False
    assert "D001" not in on(date(2025, 9, 21)).deals["deal_id"]


def test_a_bridge_loan_that_was_repaid_never_counts(on: Callable[[date], ExposureMap]) -> None:
    def counted(day: date) -> set[str]:
        return set(additive_deals(on(day), flow_class="financing")["deal_id"]) & {"D121", "D122"}

    assert counted(date(2026, 6, 22)) == set()
    assert counted(date(2026, 6, 23)) == {"D121"}


@pytest.mark.parametrize(
    ("subject", "old", "new", "day"),
    [
        ("Amazon", ("ttm_fcf", 11.2), ("ttm_fcf", 1.2), date(2026, 4, 29)),
        ("Amazon", ("rpo", 177.0), ("backlog", 364.0), date(2026, 4, 29)),
        ("Google Cloud", ("backlog", 155.0), ("backlog", 462.0), date(2026, 4, 29)),
        ("AWS", ("custom_chip_run_rate", 10.0), ("custom_chip_run_rate", 20.0), date(2026, 4, 29)),
        ("OpenAI", ("revenue", 10.0), ("revenue", 13.07), date(2026, 2, 20)),
    ],
)
def test_newer_figures_count_and_older_ones_stand(
    on: Callable[[date], ExposureMap],
    subject: str,
    old: tuple[str, float],
    new: tuple[str, float],
    day: date,
) -> None:
    def find(theme_map: ExposureMap, metric: str, value: float) -> pl.DataFrame:
        return theme_map.figures.filter((pl.col("metric") == metric) & (pl.col("value") == value))

    known = find(on(day), *old).filter(pl.col("subject") == subject).row(0, named=True)
    newer = find(on(day), *new).row(0, named=True)
    assert known["superseded_by"] == newer["figure_id"]
    before = find(on(date.fromordinal(day.toordinal() - 1)), *old)
    assert before["superseded_by"].null_count() == before.height


@pytest.mark.parametrize(
    ("figure", "end", "months"),
    [
        (("Microsoft", "revenue", "Q3 FY26"), date(2026, 3, 31), 3),
        (("NVIDIA", "hyperscale_revenue", "Q1 FY27"), date(2026, 4, 26), 3),
        (("Oracle", "capex", "FY26"), date(2026, 5, 31), 12),
        (("Oracle", "rpo", "Q1 FY26"), date(2025, 8, 31), 0),
        (("Broadcom", "ocf", "Q2 FY26"), date(2026, 5, 3), 3),
        (("Micron", "revenue", "FQ3-26"), date(2026, 5, 28), 3),
        (("Dell", "ai_server_revenue", "Q1 FY27"), date(2026, 5, 1), 3),
        (("AWS", "operating_income", "Q1-2026"), date(2026, 3, 31), 3),
        (("Amazon", "ttm_capex", "TTM 2026-03"), date(2026, 3, 31), 12),
        (("Lucent", "vendor_financing_commitments", "2000-12-31"), date(2000, 12, 31), 0),
    ],
)
def test_fiscal_periods_end_on_the_right_day(
    gpu: ExposureMap, figure: tuple[str, str, str], end: date, months: int
) -> None:
    subject, metric, period = figure
    rows = gpu.figures.filter(
        (pl.col("subject") == subject) & (pl.col("metric") == metric) & (pl.col("period") == period)
    )
    assert rows.select("period_end", "period_months").row(0) == (end, months)


def test_blank_share_stays_null(gpu: ExposureMap) -> None:
    row = gpu.memberships.row(
        by_predicate=(pl.col("ticker") == "VRT") & (pl.col("segment") == "liquid_cooling"), named=True
    )
    assert row["revenue_share_low"] is None
    assert row["revenue_share_high"] is None


def test_conditional_amounts_count_their_funded_part(gpu: ExposureMap) -> None:
    base = dict(gpu.deals.select("deal_id", "amount_base").iter_rows())
    assert (base["D004"], base["D057"], base["D062"], base["D041"]) == (15, 5, 10, 12)
    assert (base["D069"], base["D103"], base["D012"]) == (3.75, 12.5, 11.8)
    assert base["D051"] is base["D054"] is base["D055"] is None


def test_every_incomplete_deal_has_an_assumption_that_it_shows(gpu: ExposureMap) -> None:
    completed = set(gpu.assumptions["deal_id"].drop_nulls())
    assert set(incomplete_deals(gpu)["deal_id"]) - completed == set()


def test_assumptions_rest_on_what_was_known(gpu: ExposureMap) -> None:
    known = dict(gpu.figures.select("figure_id", "known_at").iter_rows())
    announced = dict(gpu.deals.select("deal_id", "announced").iter_rows())
    for row in gpu.assumptions.iter_rows(named=True):
        cited = [known[f] for f in known if f in row["reasoning"]]
        cited += [announced[d] for d in announced if d in row["reasoning"].replace("USD", "")]
        assert all(day is not None and day <= row["known_at"] for day in cited), row["assumption_id"]


def test_cloud_purchases_stay_within_what_nvidia_sold_to_clouds(gpu: ExposureMap) -> None:
    clouds = ("MSFT", "AMZN", "GOOGL", "META", "ORCL")
    bought = gpu.assumptions.filter(pl.col("payer").is_in(clouds) & (pl.col("payee") == "NVDA"))
    sold = gpu.figures.filter(pl.col("metric") == "hyperscale_revenue")["value"][0] * 4
    assert bought["payer"].n_unique() == 5
    assert bought["base"].sum() <= sold
    assert bought["low"].sum() < bought["base"].sum() < bought["high"].sum()


def test_every_screen_weighs_to_one(gpu: ExposureMap) -> None:
    assert set(gpu.theme.screen) == {"beneficiaries", "compression", "capex-loop", "payers"}
    for screen in gpu.theme.screen.values():
        assert sum(screen.weights.values()) == pytest.approx(1, abs=1e-12)


def test_scenarios_of_the_notes(gpu: ExposureMap) -> None:
    keys = [s.key for s in gpu.scenarios]
    assert keys[:5] == [
        "capex-cut",
        "lab-funding-cut",
        "open-model-price-war",
        "cautious-microsoft-guidance",
        "hbm-relief",
    ]
    assert [gpu.scenario(f"depreciation-{y}y").server_life_years for y in (3, 4, 5, 6)] == [3, 4, 5, 6]


def test_scenarios_that_the_notes_imply_with_their_sources(gpu: ExposureMap) -> None:
    implied = {
        "lab-keeps-lead": "seed 000", "models-reach-parity": "seed 000", "fill-in-margin": "seed 000",
        "vendor-finance-2001": "seed 002", "reported-contracts-lapse": "seed 002", "grid-delay": "seed 001",
    }  # fmt: skip
    for key, note in implied.items():
        assert note in gpu.scenario(key).source
    assert (
        gpu.scenario("lab-keeps-lead").cloud_margin_change
        < 0
        < gpu.scenario("models-reach-parity").cloud_margin_change
    )
    aws = dict(
        gpu.figures.filter(pl.col("figure_id").is_in(["F002", "F003"])).select("metric", "value").iter_rows()
    )
    fill_in = gpu.scenario("fill-in-margin")
    # A tenth of the revenue at 15% in place of the margin of 2025, as the description says.
    loss = 0.1 * (aws["operating_income"] / aws["revenue"] - 0.15)
    assert fill_in.payer_margin_change == {"AMZN": -round(loss, 2), "GOOGL": -round(loss, 2)}
    lost = gpu.figures.filter(
        (pl.col("subject") == "vendor loans") & (pl.col("metric") == "uncollected_share")
    )
    assert gpu.scenario("vendor-finance-2001").funding_cut == lost["high"].item()


def test_watch_lines_and_manual_marks(gpu: ExposureMap) -> None:
    sizes = dict(gpu.watch.group_by("group").len().iter_rows())
    assert sizes == {"four_lines": 4, "aws_conditions": 3, "site_power": 5, "aws_core": 4}
    assert gpu.watch.filter(pl.col("group") == "site_power")["is_manual"].all()
    assert gpu.watch.filter(~pl.col("is_manual"))["line"].to_list() == [
        "Capital spending turned into free cash flow"
    ]


def test_events_run_in_order_and_past_ones_have_happened(gpu: ExposureMap) -> None:
    days = gpu.events["date"].to_list()
    assert all(a <= b for a, b in pairwise(days))
    past = gpu.events.filter(pl.col("certainty") == "past")
    assert past.filter(pl.col("date") > date(2026, 8, 22)).height == 0
    ahead = gpu.events.filter(pl.col("date") > date(2026, 8, 22))
    assert {"MSFT", "AMZN", "GOOGL", "META", "ORCL", "NVDA"} <= set(ahead["node"])
