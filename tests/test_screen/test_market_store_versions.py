"""Which rows of a pull are new, and which version of a fact is read as of a day."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_store_rows import estimate, estimates, month, profile, rate, revenue
from polars.testing import assert_frame_equal

from exposures.errors import TableError, UsageError
from reports.data import FINDINGS
from screen.market.store.versions import DATASETS, current, news, table_of
from screen.market.tables import ESTIMATES, REVISIONS, STATEMENTS

FY26, FY27, FY28 = date(2026, 1, 25), date(2027, 1, 31), date(2028, 1, 30)
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 21), date(2026, 9, 4), date(2026, 10, 2)


def stored(dataset: str, *pulls: pl.DataFrame) -> pl.DataFrame:
    """What a store holds after these pulls."""
    known = DATASETS[dataset].empty()
    for rows in pulls:
        known = pl.concat([known, news(dataset, known, rows)])
    return known


def test_a_value_seen_again_is_left_out_and_a_changed_one_is_observed_on_its_day() -> None:
    known = stored(
        "statements",
        revenue(100.0, seen=AUGUST),
        revenue(100.0, seen=SEPTEMBER),
        revenue(103.0, seen=OCTOBER),
        revenue(103.0, seen=date(2026, 10, 9)),
    )
    columns = ["value", "known_at", "known_at_basis", "seen_at"]
    assert known.select(columns).rows() == [
        (100.0, date(2026, 8, 20), "assumed_lag", AUGUST),
        (103.0, OCTOBER, "observed", OCTOBER),
    ]
    assert current("statements", known, SEPTEMBER).get_column("value").to_list() == [100.0]
    assert current("statements", known, None).height == 2


def test_a_value_that_goes_back_is_stored_again() -> None:
    known = stored(
        "statements",
        revenue(100.0, seen=AUGUST),
        revenue(103.0, seen=SEPTEMBER),
        revenue(100.0, seen=OCTOBER),
        revenue(100.0, seen=date(2026, 10, 9)),
    )
    assert known.get_column("value").to_list() == [100.0, 103.0, 100.0]


def test_a_change_is_never_known_before_the_value_it_replaces() -> None:
    known = stored(
        "statements",
        revenue(100.0, seen=AUGUST, known=date(2026, 9, 14)),
        revenue(103.0, seen=date(2026, 8, 28), known=date(2026, 9, 14)),
    )
    assert known.get_column("known_at").to_list() == [date(2026, 9, 14)] * 2
    assert current("statements", known, None).get_column("value").to_list() == [103.0]


def test_another_currency_is_a_change() -> None:
    known = stored("statements", revenue(100.0, seen=AUGUST), revenue(100.0, seen=OCTOBER, currency="TWD"))
    assert known.get_column("known_at_basis").to_list() == ["assumed_lag", "observed"]


def test_every_filed_vintage_is_kept_once() -> None:
    first = revenue(11.93, seen=AUGUST, known_at_basis="filed", is_latest_vintage=False)
    again = revenue(11.93, seen=OCTOBER, known_at_basis="filed", is_latest_vintage=False)
    restated = revenue(1.193, seen=OCTOBER, known=SEPTEMBER, known_at_basis="filed", is_latest_vintage=False)
    known = stored("statements", first, pl.concat([again, restated]), pl.concat([again, restated]))
    assert known.get_column("value").to_list() == [11.93, 1.193]
    assert current("statements", known, AUGUST).get_column("value").to_list() == [11.93]


def test_a_statement_without_the_day_it_was_seen_is_refused() -> None:
    undated = revenue(1.0, seen=AUGUST).with_columns(pl.lit(None, pl.Date).alias("seen_at"))
    with pytest.raises(TableError, match="seen_at"):
        news("statements", STATEMENTS.empty(), undated)


def test_the_snapshot_of_the_day_wins_over_a_mean_told_later() -> None:
    later = date(2026, 9, 28)
    known = stored(
        "estimates",
        estimates(estimate(AUGUST, "0y", FY27, 5.0)),
        estimates(estimate(AUGUST, "0y", FY27, 5.2, seen=later)),
    )
    assert known.height == 2
    assert current("estimates", known, None).get_column("mean").to_list() == [5.0]


def test_a_fiscal_year_roll_never_collides() -> None:
    # On 2026-02-20 the year to January 2026 was still ahead; on 02-27 it had been reported, and the
    # labels had moved on: what 02-20 called +1y, the mean of seven days ago told on 02-27 calls 0y.
    before, after = date(2026, 2, 20), date(2026, 2, 27)
    snapshot = estimates(estimate(before, "0y", FY26, 4.6), estimate(before, "+1y", FY27, 7.0))
    rolled = estimates(
        estimate(after, "0y", FY27, 7.4),
        estimate(after, "+1y", FY28, 9.0),
        estimate(before, "0y", FY27, 7.0, seen=after),
        estimate(before, "+1y", FY28, 8.5, seen=after),
    )
    known = stored("estimates", snapshot, rolled)
    read = current("estimates", known, None)
    assert not ESTIMATES.faults(read)
    of_day = {
        row["period"]: (row["period_end"], row["mean"])
        for row in read.filter(pl.col("known_at") == before).to_dicts()
    }
    assert of_day == {"0y": (FY26, 4.6), "+1y": (FY27, 7.0)}
    of_day = {
        row["period"]: (row["period_end"], row["mean"])
        for row in read.filter(pl.col("known_at") == after).to_dicts()
    }
    assert of_day == {"0y": (FY27, 7.4), "+1y": (FY28, 9.0)}
    assert_frame_equal(current("estimates", known, before), current("estimates", snapshot, before))


def test_means_of_a_day_nobody_looked_come_from_the_first_pull_that_told_them() -> None:
    # both sides of a roll: no mixture of their labels, and the later pull changes nothing
    day, early, late = date(2025, 12, 24), date(2026, 2, 20), date(2026, 3, 27)
    first = estimates(estimate(day, "0y", FY26, 4.4, seen=early), estimate(day, "+1y", FY27, 6.5, seen=early))
    second = estimates(estimate(day, "0y", FY27, 6.5, seen=late), estimate(day, "+1y", FY28, 8.0, seen=late))
    read = current("estimates", stored("estimates", first, second), None)
    assert_frame_equal(read, current("estimates", first, None))
    assert not ESTIMATES.faults(read)


def test_means_told_by_later_pulls_do_not_enter_an_earlier_screen() -> None:
    friday, later = date(2026, 8, 21), date(2026, 9, 18)
    between = friday - timedelta(days=2)  # thirty days before a later pull
    pulls = (
        estimates(estimate(date(2026, 7, 24), "0y", FY27, 5.0)),
        estimates(estimate(between, "0y", FY27, 5.5, seen=later), estimate(later, "0y", FY27, 6.0)),
    )
    known = stored("estimates", *pulls)
    assert current("estimates", known, friday).get_column("mean").to_list() == [5.0]
    assert current("estimates", known, later).get_column("mean").to_list() == [5.0, 5.5, 6.0]
    # the pull of the week that follows still serves, and so does a first pull for any day before it
    assert current("estimates", known, later - timedelta(days=6)).get_column("mean").to_list() == [5.0, 5.5]
    assert current("estimates", stored("estimates", pulls[1]), friday).get_column("mean").to_list() == [5.5]


def test_before_the_first_pull_only_that_one_tells_of_the_past() -> None:
    day, first, second = date(2026, 8, 7), date(2026, 9, 4), date(2026, 9, 11)
    known = stored(
        "estimates",
        estimates(estimate(date(2026, 8, 5), "0y", FY27, 5.0, seen=first)),
        estimates(estimate(date(2026, 8, 6), "0y", FY27, 5.1, seen=second)),
    )
    assert current("estimates", known, day).get_column("mean").to_list() == [5.0]


def test_a_second_pull_of_the_same_day_replaces_the_first_on_reading() -> None:
    known = stored(
        "estimates",
        estimates(estimate(AUGUST, "0y", FY27, 5.0)),
        estimates(estimate(AUGUST, "0y", FY27, 5.1)),
    )
    assert current("estimates", known, AUGUST).get_column("mean").to_list() == [5.1]


def test_the_newest_rate_of_a_date_wins_also_when_it_goes_back() -> None:
    day = date(2026, 9, 1)
    known = stored("fx", rate(day, 0.031), rate(day, 0.032), rate(day, 0.031), rate(day, 0.031))
    assert known.get_column("rate").to_list() == [0.031, 0.032, 0.031]
    assert current("fx", known, None).get_column("rate").to_list() == [0.031]


def test_a_rate_corrected_with_its_own_day_does_not_change_the_past() -> None:
    day = date(2026, 9, 1)
    known = stored("fx", rate(day, 0.031), rate(day, 0.035, known=OCTOBER))
    assert current("fx", known, SEPTEMBER).get_column("rate").to_list() == [0.031]
    assert current("fx", known, OCTOBER).get_column("rate").to_list() == [0.035]


def test_a_month_restated_later_is_read_only_from_then_on() -> None:
    known = stored(
        "monthly_revenue", month(10.0, seen=date(2026, 10, 12)), month(11.0, seen=date(2026, 11, 12))
    )
    as_of = {
        day: current("monthly_revenue", known, day).get_column("revenue").to_list()
        for day in (date(2026, 10, 9), date(2026, 10, 11), date(2026, 10, 30), date(2026, 11, 20))
    }
    assert list(as_of.values()) == [[], [10.0], [10.0], [11.0]]
    assert current("monthly_revenue", known, None).get_column("revenue").to_list() == [11.0]


def test_a_profile_of_the_same_day_is_the_last_one_told() -> None:
    known = stored("profiles", profile(1.0, day=AUGUST), profile(2.0, day=AUGUST), profile(2.0, day=OCTOBER))
    assert current("profiles", known, AUGUST).get_column("shares_outstanding").to_list() == [2.0]
    assert current("profiles", known, None).height == 2


def test_findings_and_revisions_are_kept_once() -> None:
    finding = {"ticker": "NVDA", "dataset": "prices", "item": "close", "date": AUGUST, "rule": "stale_tail"}
    rows = FINDINGS.frame(
        [{**finding, "rows": 1, "action": "flagged", "reason": "old", "value": 9.0, "source": "yahoo"}]
    )
    known = stored("findings", rows, rows, rows.with_columns(value=pl.lit(12.0)))
    assert known.get_column("value").to_list() == [9.0, 12.0]
    assert current("findings", known, AUGUST).get_column("value").to_list() == [12.0]
    assert current("findings", known, date(2026, 8, 20)).is_empty()
    change = {"ticker": "NVDA", "date": AUGUST, "field": "close", "before": 1.0, "after": 2.0}
    revision = REVISIONS.frame([{**change, "seen_at": OCTOBER, "source": "yahoo"}])
    known = stored("revisions", revision, revision)
    assert current("revisions", known, OCTOBER).height == 1
    assert current("revisions", known, SEPTEMBER).is_empty()


def test_an_unknown_dataset_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match='"profile" is not a dataset of the store; allowed: estimates'):
        table_of("profile")


PULL_DAYS = [date(2026, 2, 20), date(2026, 2, 27), date(2026, 3, 22), date(2026, 5, 21)]
LABELS = {True: (("0y", FY26), ("+1y", FY27)), False: (("0y", FY27), ("+1y", FY28))}


@st.composite
def pulls_over_a_roll(draw: st.DrawFn) -> list[pl.DataFrame]:
    """Weekly pulls around a fiscal-year roll, each with the means of 7, 30, 60 and 90 days ago."""
    found = []
    for day in draw(st.lists(st.sampled_from(PULL_DAYS), min_size=1, max_size=4, unique=True).map(sorted)):
        labels = LABELS[day < date(2026, 2, 25)]
        found.append(
            estimates(
                *(
                    estimate(
                        day.fromordinal(day.toordinal() - ago),
                        label,
                        end,
                        draw(st.sampled_from([4.0, 5.0, 6.0])),
                        seen=day,
                    )
                    for ago in (0, 7, 30, 60, 90)
                    for label, end in labels
                )
            )
        )
    return found


@settings(max_examples=50)
@given(pulls_over_a_roll())
def test_later_pulls_never_change_what_was_read_for_a_day_that_was_held(pulls: list[pl.DataFrame]) -> None:
    seen = ESTIMATES.empty()
    for count in range(1, len(pulls) + 1):
        read = current("estimates", stored("estimates", *pulls[:count]), None)
        assert not ESTIMATES.faults(read)
        days = seen.get_column("known_at").unique()
        assert_frame_equal(read.filter(pl.col("known_at").is_in(days.implode())), seen)
        seen = read


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0]), st.integers(0, 3)), min_size=1, max_size=8))
def test_a_pull_stored_twice_adds_nothing(pulls: list[tuple[float, int]]) -> None:
    days = [AUGUST, SEPTEMBER, OCTOBER, date(2026, 11, 6)]
    for dataset, rows in (
        ("statements", [revenue(value, seen=days[at]) for value, at in pulls]),
        ("fx", [rate(days[at], value) for value, at in pulls]),
        ("monthly_revenue", [month(value, seen=days[at]) for value, at in pulls]),
    ):
        known = stored(dataset, *rows)
        assert news(dataset, known, rows[-1]).is_empty()
        assert not DATASETS[dataset].faults(current(dataset, known, None))
