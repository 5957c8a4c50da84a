"""Grading by hand: outcomes on one basis and source, scores, reasons, and the scorecard's verdicts."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from models.evaluation import crps_normal, crps_student_t
from models.forecast_record import forecast_record, no_change_deviation, realised
from models.grading import grade
from models.scorecard import scorecard
from models.tables import FORECAST, MULTIPLES
from models.tables.record import FORECAST_RECORD, GRADED, RANK_RECORD, REALISED

ORIGIN = date(2024, 6, 7)
TARGET = ORIGIN + timedelta(weeks=52)


def multiples(
    series: dict[tuple[str, str], dict[date, tuple[float, float]]], source: str = "s"
) -> pl.DataFrame:
    """MULTIPLES from (ticker, basis) -> date -> (price, denominator)."""
    rows = [
        {
            "ticker": ticker, "basis": basis, "date": day, "price": price, "denominator": eps,
            "log_multiple": math.log(price / eps) if eps > 0 else None, "estimate_source": source,
            "reason": None if eps > 0 else "EPS not positive: the multiple is not defined",
        }
        for (ticker, basis), path in series.items()
        for day, (price, eps) in path.items()
    ]  # fmt: skip
    return MULTIPLES.frame(rows)


def stored(as_of: date = ORIGIN, **columns: object) -> pl.DataFrame:
    row: dict[str, object] = {
        "ticker": "A", "basis": "trailing", "horizon_weeks": 52, "expected_dln_multiple": -0.1,
        "standard_deviation": 0.3, "degrees_of_freedom": 5.0, "p_fall_10": 0.4, "no_change_deviation": 0.35,
        "estimate_source": "s",
    } | columns  # fmt: skip
    return FORECAST_RECORD.frame([row]).with_columns(as_of=pl.lit(as_of), method_version=pl.lit("1"))


def test_a_forecast_is_graded_by_hand() -> None:
    happened = realised(
        multiples=multiples({("A", "trailing"): {ORIGIN: (100.0, 4.0), TARGET: (92.0, 4.6)}}), as_of=TARGET
    )
    row = grade(forecasts=stored(), realised=happened, today=TARGET).row(0, named=True)
    moved = math.log(92 / 4.6) - math.log(25)  # -0.223, the identity of methods 2.1
    assert row["dln_multiple"] == pytest.approx(-0.22314355, abs=1e-8)
    assert row["dln_denominator"] == pytest.approx(0.13976194, abs=1e-8)
    assert (row["fell"], row["compressed"], row["is_due"], row["reason"]) == (True, True, True, None)
    assert row["crps"] == pytest.approx(float(crps_student_t(-0.1, 0.3, moved, 5.0)))
    assert row["crps_no_change"] == pytest.approx(float(crps_normal(0.0, 0.35, moved)))
    assert row["brier"] == pytest.approx(0.36)


def test_a_fall_with_cut_earnings_is_no_compression() -> None:
    happened = realised(
        multiples=multiples({("A", "trailing"): {ORIGIN: (100.0, 4.0), TARGET: (60.0, 3.0)}}), as_of=TARGET
    )
    row = grade(forecasts=stored(), realised=happened, today=TARGET).row(0, named=True)
    assert (row["fell"], row["compressed"]) == (True, False)


def test_before_the_target_nothing_is_graded() -> None:
    happened = realised(
        multiples=multiples({("A", "trailing"): {ORIGIN: (100.0, 4.0), TARGET: (92.0, 4.6)}}), as_of=TARGET
    )
    row = grade(forecasts=stored(), realised=happened, today=TARGET - timedelta(days=1)).row(0, named=True)
    assert row["reason"] == f"not due before {TARGET}"
    assert (row["is_due"], row["dln_multiple"], row["crps"], row["fell"]) == (False, None, None, None)


@pytest.mark.parametrize(
    ("columns", "paths", "words"),
    [
        ({"expected_dln_multiple": None, "reason": "EPS not positive"}, {}, "EPS not positive"),
        ({"basis": None, "expected_dln_multiple": None, "horizon_weeks": None}, {}, "no forecast"),
        ({}, {}, "no trailing multiple known at both ends"),
        ({}, {("A", "trailing"): {ORIGIN: (100.0, 4.0), TARGET: (90.0, -1.0)}}, "EPS not positive"),
        ({"standard_deviation": None}, {("A", "trailing"): {ORIGIN: (1.0, 1.0), TARGET: (2.0, 1.0)}}, "no distribution"),
        ({"no_change_deviation": None}, {("A", "trailing"): {ORIGIN: (1.0, 1.0), TARGET: (2.0, 1.0)}}, "no benchmark"),
        (
            {"basis": "forward", "estimate_source": "other"},
            {("A", "forward"): {ORIGIN: (1.0, 1.0), TARGET: (2.0, 1.0)}},
            "forecast on other, outcome on s",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_says_why(
    columns: dict[str, object],
    paths: dict[tuple[str, str], dict[date, tuple[float, float]]],
    words: str,
) -> None:
    happened = realised(multiples=multiples(paths), as_of=TARGET)
    row = grade(forecasts=stored(**columns), realised=happened, today=TARGET).row(0, named=True)
    assert words in row["reason"]
    assert row["crps"] is None or row["crps_no_change"] is None


def test_two_sources_never_form_an_outcome() -> None:
    both = pl.concat(
        [
            multiples({("A", "trailing"): {ORIGIN: (100.0, 4.0)}}, "one (4 quarters)"),
            multiples({("A", "trailing"): {TARGET: (92.0, 4.6)}}, "two (4 quarters)"),
        ]
    )
    row = grade(forecasts=stored(), realised=realised(multiples=both, as_of=TARGET), today=TARGET).row(
        0, named=True
    )
    assert "two sources" in row["reason"]


def test_the_benchmark_is_the_root_mean_square_of_weekly_changes_times_the_root_of_the_weeks() -> None:
    days = [ORIGIN - timedelta(weeks=k) for k in range(40)][::-1]
    path = {day: (100 * math.exp(0.05 * (k % 2)), 4.0) for k, day in enumerate(days)}
    rows = multiples({("A", "trailing"): path, ("B", "trailing"): {ORIGIN: (1.0, 1.0)}})
    spread = no_change_deviation(multiples=rows, as_of=ORIGIN)
    assert spread.rows() == [("A", "trailing", pytest.approx(0.05))]
    made = FORECAST.frame(
        [
            {"ticker": "A", "basis": "forward", "horizon_weeks": 52},
            {"ticker": "B", "basis": "trailing", "horizon_weeks": 52},
            {"ticker": "C", "reason": "no history"},
        ]
    )
    kept = forecast_record(forecast=made, multiples=rows, as_of=ORIGIN)
    assert kept["no_change_deviation"].to_list() == [pytest.approx(0.05 * math.sqrt(52)), None, None]
    assert kept["estimate_source"].to_list() == [None, "s", None]


def history(dates: int, *, skill: float, seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Graded forecasts, ranks and outcomes of 12 names on dates 13 weeks apart; skill 1 knows the outcome."""
    rng = np.random.default_rng(seed)
    forecasts, outcomes, ranks = [], [], []
    for k in range(dates):
        day = ORIGIN + timedelta(weeks=13 * k)
        moves = rng.normal(0, 0.3, 12)
        expected = skill * moves + (1 - skill) * rng.normal(0, 0.3, 12)
        order = np.argsort(np.argsort(expected)) + 1
        for j in range(12):
            ticker = f"T{j:02d}"
            forecasts.append(
                stored(day, ticker=ticker, expected_dln_multiple=float(expected[j]), standard_deviation=0.2)
            )
            ranks.append({"as_of": day, "screen": "compression", "ticker": ticker, "rank": int(order[j])})
            ranks.append({"as_of": day, "screen": "payers", "ticker": ticker, "rank": int(order[j])})
            outcomes.append(
                {
                    "ticker": ticker, "basis": "trailing", "horizon_weeks": 52, "start": day,
                    "end": day + timedelta(weeks=52), "dln_multiple": float(moves[j]),
                    "dln_denominator": 0.0, "dln_price": float(moves[j]), "label": "flat",
                    "estimate_source": "s",
                }
            )  # fmt: skip
    happened = REALISED.frame(outcomes)
    end = ORIGIN + timedelta(weeks=13 * dates + 52)
    graded = grade(forecasts=pl.concat(forecasts), realised=happened, today=end)
    return graded, RANK_RECORD.frame(ranks), happened


def verdicts(card: pl.DataFrame) -> dict[tuple[str, str], str]:
    return {(s, m): v for s, m, v in card.select("subject", "measure", "verdict").iter_rows()}


def test_a_forecast_that_knows_is_better_and_one_that_guesses_is_worse() -> None:
    graded, ranks, happened = history(44, skill=0.9)
    card = scorecard(graded=graded, ranks=ranks, realised=happened, horizon_weeks=52)
    told = verdicts(card)
    assert told["forecast", "crps"] == told["forecast", "squared_error"] == "better"
    assert (
        told["forecast", "rank_ic"]
        == told["compression", "rank_ic"]
        == told["forecast", "spread"]
        == "better"
    )
    crps = card.filter((pl.col("subject") == "forecast") & (pl.col("measure") == "crps")).row(0, named=True)
    assert crps["difference"] == pytest.approx(crps["value"] - crps["benchmark"])
    assert crps["low"] < crps["difference"] < crps["high"] < 0
    assert (crps["forecasts"], crps["dates"], crps["origins"]) == (44 * 12, 44, 11)
    graded, ranks, happened = history(44, skill=-1.0)
    told = verdicts(scorecard(graded=graded, ranks=ranks, realised=happened, horizon_weeks=52))
    assert told["forecast", "squared_error"] == told["forecast", "rank_ic"] == "worse"


def test_short_data_are_never_called_no_difference() -> None:
    graded, ranks, happened = history(20, skill=0.0)  # five origins a year apart
    card = scorecard(graded=graded, ranks=ranks, realised=happened, horizon_weeks=52)
    tested = card.filter(pl.col("verdict") != "described")
    assert set(tested["verdict"]) == {"not testable yet"}
    assert tested["reason"].str.contains("5 non-overlapping origins of 52 weeks, 8 are needed").all()
    assert tested["p_value"].null_count() == tested.height


def test_nothing_at_all_is_not_testable_yet() -> None:
    card = scorecard(
        graded=GRADED.empty(), ranks=RANK_RECORD.empty(), realised=REALISED.empty(), horizon_weeks=52
    )
    assert set(card["verdict"]) == {"not testable yet"}
    assert card["value"].null_count() == card.height


def test_one_name_one_date_and_ties_never_crash() -> None:
    graded, ranks, happened = history(1, skill=1.0)
    one = pl.col("ticker") == "T00"
    card = scorecard(
        graded=graded.filter(one), ranks=ranks.filter(one).with_columns(rank=pl.lit(1, dtype=pl.Int64)),
        realised=happened.filter(one), horizon_weeks=52,
    )  # fmt: skip
    assert card.filter(pl.col("measure") == "rank_ic")["value"].to_list() == [None, None]
    tied = ranks.with_columns(rank=pl.lit(1, dtype=pl.Int64))
    card = scorecard(graded=graded, ranks=tied, realised=happened, horizon_weeks=52)
    assert (
        card.filter((pl.col("subject") == "compression") & (pl.col("measure") == "rank_ic"))["value"].item()
        is None
    )


def test_turnover_of_a_screen_that_is_not_graded_says_so() -> None:
    graded, ranks, happened = history(3, skill=0.0)
    card = scorecard(graded=graded, ranks=ranks, realised=happened, horizon_weeks=52)
    rows = card.filter(pl.col("subject") == "payers")
    assert set(rows["measure"]) == {"turnover_top5", "turnover_tenth"}
    assert rows["reason"].str.contains("ranks a state").all()
    assert 0 < rows["value"].to_list()[0] < 1


def test_an_early_look_is_marked_interim() -> None:
    graded, ranks, happened = history(44, skill=0.9)
    early = happened.with_columns(
        horizon_weeks=pl.lit(13, dtype=pl.Int64), end=pl.col("start") + timedelta(weeks=13)
    )
    card = scorecard(
        graded=graded, ranks=ranks, realised=REALISED.check(pl.concat([happened, early])), horizon_weeks=52
    )
    looks = card.filter(pl.col("is_interim"))
    assert set(looks["horizon_weeks"]) == {13}
    assert set(looks["measure"]) == {"rank_ic", "spread"}
