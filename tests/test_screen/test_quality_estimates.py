"""Flipped signs, unknown currencies, and the day on which most forward multiples vanish."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_fixture import AS_OF

from exposures.errors import CoverageError
from screen.market.tables import ESTIMATES, OUTCOMES
from screen.quality.estimates import mend_estimates
from screen.quality.outage import refuse_outage

YEAR_END = date(2026, 12, 31)


def series(ticker: str, means: Sequence[float | None], **more: object) -> list[dict[str, object]]:
    """Weekly snapshots of one estimate that end on AS_OF; None is no coverage."""
    weeks = len(means) - 1
    return [
        {
            "ticker": ticker, "known_at": AS_OF - timedelta(days=7 * (weeks - k)), "period": "+1y",
            "period_end": YEAR_END, "metric": "eps", "mean": mean, "analysts": 0 if mean is None else 5,
            "currency": "USD", "source": "test",
        } | more
        for k, mean in enumerate(means)
    ]  # fmt: skip


def table(*parts: list[dict[str, object]]) -> pl.DataFrame:
    return ESTIMATES.frame([row for part in parts for row in part])


def told(found: pl.DataFrame) -> list[tuple[object, ...]]:
    return found.select("item", "date", "rule", "value", "action").rows()


def week(ago: int) -> date:
    return AS_OF - timedelta(days=7 * ago)


def test_a_mirrored_figure_goes_until_the_sign_is_back() -> None:
    kept, found = mend_estimates(table(series("A", [2.0, 2.0, -2.1, -2.1, 2.1])))
    assert kept.sort("known_at")["mean"].to_list() == [2.0, 2.0, 2.1]
    assert told(found) == [
        ("eps +1y", week(2), "eps_sign_flip", -1.05, "excluded"),
        ("eps +1y", week(1), "eps_sign_flip", -1.05, "excluded"),
    ]


@pytest.mark.parametrize(("mean", "is_gone"), [(-2.19, True), (-2.21, False), (-1.81, True), (-1.79, False)])
def test_only_the_mirror_image_goes(mean: float, is_gone: bool) -> None:
    kept, found = mend_estimates(table(series("A", [2.0, 2.0, mean])))
    assert kept.height == (2 if is_gone else 3)
    assert found["action"].to_list() == ["excluded" if is_gone else "flagged"]


def test_a_sign_that_stays_four_snapshots_is_the_analysts_own() -> None:
    kept, found = mend_estimates(table(series("A", [2.0, -2.0, -2.0, -2.0, -2.0])))
    assert kept.height == 5
    assert told(found) == [("eps +1y", week(3), "eps_sign_flip", -1.0, "flagged")]


@pytest.mark.parametrize(
    ("means", "marks"),
    [
        ([2.0, 2.0, -0.6], 1),  # -0.3 of a steady figure
        ([2.0, 2.0, -0.4], 0),  # -0.2
        ([2.0, 0.9, -0.6], 0),  # a trend downwards
        ([-1.0, -0.5, 0.2], 0),  # a company turns profitable
        ([2.0, 1.81, -0.6], 1),  # had moved by 9.5%
        ([2.0, 1.79, -0.6], 0),  # had moved by 10.5%
    ],
)
def test_crossing_zero_is_marked_when_the_figure_had_been_steady(means: list[float], marks: int) -> None:
    rows = table(series("A", means))
    kept, found = mend_estimates(rows)
    assert kept.equals(rows)
    assert found["action"].to_list() == ["flagged"] * marks


@pytest.mark.parametrize(
    "second",
    [{"source": "other"}, {"period_end": date(2027, 12, 31)}, {"currency": "TWD"}, {"metric": "revenue"}],
)
def test_series_are_not_mixed(second: dict[str, object]) -> None:
    rows = table(series("A", [2.0, 2.0])[:1], series("A", [0.0, -2.0], **second)[1:])
    kept, found = mend_estimates(rows)
    assert kept.equals(rows)
    assert found.is_empty()


def test_figures_without_a_fiscal_period_are_not_judged() -> None:
    rows = table(series("A", [2.0, 2.0, -2.0], period="vendor", period_end=None))
    kept, found = mend_estimates(rows)
    assert kept.equals(rows)
    assert found.is_empty()


def test_a_figure_without_currency_is_left_out_and_no_coverage_is_none() -> None:
    rows = table(series("A", [2.0, 2.1], currency=None), series("B", [None, None], currency=None))
    kept, found = mend_estimates(rows)
    assert kept["ticker"].unique().to_list() == ["B"]
    assert found.select("ticker", "item", "date", "rule", "rows", "action").rows() == [
        ("A", "eps", AS_OF, "estimate_currency", 2, "excluded")
    ]


@given(st.lists(st.sampled_from([2.0, -2.0, 2.1, -1.9, 1.0, -0.5]), min_size=1, max_size=15))
def test_a_second_look_excludes_nothing_more(means: list[float]) -> None:
    kept, _ = mend_estimates(table(series("A", means)))
    again, found = mend_estimates(kept)
    assert again.equals(kept)
    assert "excluded" not in found["action"].to_list()


# Outage.

NO_OUTCOMES = OUTCOMES.empty()


def world(lost: int, of: int, *, weeks: int = 2) -> pl.DataFrame:
    """`of` companies with weekly estimates, of which the first `lost` have none on AS_OF."""
    full: list[float | None] = [2.0] * (weeks - 1)
    return table(*(series(f"T{k:02}", [*full, None if k < lost else 2.0]) for k in range(of)))


def silent(count: int, status: str) -> pl.DataFrame:
    return OUTCOMES.frame(
        [
            {"ticker": f"T{k:02}", "dataset": "estimates", "status": status, "requests": 1, "source": "test"}
            for k in range(count)
        ]
    )


def test_an_outage_names_day_count_and_fix() -> None:
    with pytest.raises(CoverageError) as caught:
        refuse_outage(world(6, 10), NO_OUTCOMES, as_of=AS_OF)
    assert caught.value.exit_code == 4
    assert "6 of 10 companies" in caught.value.message
    assert f"have none on {AS_OF}" in caught.value.message
    assert f"--as-of {week(1)}" in caught.value.fix
    assert "again later" in caught.value.fix


@pytest.mark.parametrize(("lost", "of"), [(5, 10), (1, 10), (3, 3), (2, 4)])
def test_half_or_fewer_or_too_few_companies_are_no_outage(lost: int, of: int) -> None:
    refuse_outage(world(lost, of), NO_OUTCOMES, as_of=AS_OF)


def test_the_day_before_the_outage_ranks() -> None:
    before = world(10, 10).filter(pl.col("known_at") < AS_OF)
    refuse_outage(before, NO_OUTCOMES, as_of=week(1))


def test_a_first_run_loses_nothing() -> None:
    refuse_outage(world(10, 10, weeks=1), NO_OUTCOMES, as_of=AS_OF)
    refuse_outage(ESTIMATES.empty(), silent(10, "empty"), as_of=AS_OF)


def test_coverage_lost_long_ago_is_no_outage() -> None:
    old: list[float | None] = [2.0, *[None] * 6]  # six weeks: 42 days before, beyond 35
    refuse_outage(table(*(series(f"T{k}", old) for k in range(6))), NO_OUTCOMES, as_of=AS_OF)


def test_the_week_after_ranks_again() -> None:
    means: list[float | None] = [2.0, None, 2.0]
    refuse_outage(table(*(series(f"T{k}", means) for k in range(6))), NO_OUTCOMES, as_of=AS_OF)


@pytest.mark.parametrize(
    ("status", "refuses"),
    [("empty", True), ("bad_payload", True), ("ok", False), ("network", False), ("rate_limited", False)],
)
def test_empty_answers_count_and_refused_requests_do_not(status: str, refuses: bool) -> None:
    """Without an answer the stored estimates stay in use with their age; an empty one takes them away."""
    last_week = world(0, 6).filter(pl.col("known_at") < AS_OF)
    if not refuses:
        refuse_outage(last_week, silent(6, status), as_of=AS_OF)
        return
    with pytest.raises(CoverageError, match=f"6 of 6 companies .* have none on {AS_OF}"):
        refuse_outage(last_week, silent(6, status), as_of=AS_OF)


def test_a_stored_estimate_of_the_day_answers_for_a_silent_source() -> None:
    refuse_outage(world(0, 6), silent(6, "empty"), as_of=AS_OF)


def test_a_pull_past_midnight_is_one_snapshot() -> None:
    """Half of the companies were asked on the day before: their loss belongs to the same outage."""
    rows = world(6, 8)
    early = pl.col("ticker").is_in(["T00", "T01", "T02", "T03"]) & (pl.col("known_at") == AS_OF)
    moved = rows.with_columns(
        pl.when(early).then(pl.lit(AS_OF - timedelta(days=1))).otherwise(pl.col("known_at")).alias("known_at")
    )
    with pytest.raises(CoverageError, match="6 of 8"):
        refuse_outage(moved, NO_OUTCOMES, as_of=AS_OF)
