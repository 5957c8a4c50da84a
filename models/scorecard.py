"""The scorecard: graded forecasts and ranks, averaged by date, tested on non-overlapping origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from models.cross_section import FloatArray
from models.evaluation import COVERAGES, ks_distance, reliability
from models.evaluation_origins import OriginTest, mean_over_origins
from models.evaluation_ranks import quantile_spread, rank_correlation, turnover
from models.tables import HORIZONS_WEEKS
from models.tables.record import RELIABILITY, SCORECARD

__all__ = ["OUTCOME_OF_SCREEN", "GradedOrder", "reliability_table", "scorecard"]


class GradedOrder(NamedTuple):
    """What a screen's order says: the outcome it is about, and whether rank 1 should see it lowest."""

    outcome: str
    is_rank_one_lowest: bool


OUTCOME_OF_SCREEN = {
    "compression": GradedOrder("dln_multiple", True),
    "beneficiaries": GradedOrder("dln_denominator", False),
}
"""The outcome that a screen's order is graded on, our judgement: the multiple for compression, EPS a year on
for pricing power. The other screens rank a state (dependence on circular capital, the burden of capex) that
has no outcome of its own in these data; of them only the turnover is told."""

STATE_ONLY = "ranks a state, no outcome of its own is graded"
TOP = 5


@dataclass(frozen=True)
class _Subject:
    """One order of names per date with the outcome it is graded on."""

    key: str
    rows: pl.DataFrame
    """as_of, horizon_weeks, predicted (low = outcome expected low), outcome."""
    outcome: str


def scorecard(
    *, graded: pl.DataFrame, ranks: pl.DataFrame, realised: pl.DataFrame, horizon_weeks: int
) -> pl.DataFrame:
    """Return `SCORECARD`.

    Every measure is averaged over the names of a date, then over dates; the difference to its benchmark is
    tested on dates whose horizons do not overlap. A verdict ``not testable yet`` stands wherever there are
    fewer than eight of them.

    Parameters
    ----------
    graded
        `GRADED`.
    ranks
        `RANK_RECORD`.
    realised
        `REALISED` at the targets of the forecasts, and at the interim horizons where they are wanted.
    horizon_weeks
        The forecasts' own horizon; shorter ones are interim.

    Missing data: what is null in GRADED counts nowhere; a measure without any value is ``not testable yet``
    with the reason.

    References
    ----------
    Methods, section 2.5.
    """
    own = graded.filter(pl.col("horizon_weeks") == horizon_weeks)
    rows = _forecast_rows(own, horizon_weeks)
    subjects = [_forecast_order(own, realised), *_screen_orders(own, ranks, realised)]
    for subject in subjects:
        for weeks in sorted({*HORIZONS_WEEKS, horizon_weeks}):
            rows += _order_rows(subject, weeks, horizon_weeks)
    for key in sorted(ranks.get_column("screen").unique()):
        rows += _turnover_rows(key, ranks.filter(pl.col("screen") == key))
    return SCORECARD.frame(rows)


def reliability_table(*, graded: pl.DataFrame) -> pl.DataFrame:
    """Return `RELIABILITY` of P(fall > 10%) over every graded forecast.

    Missing data: a forecast without probability or outcome is left out; an empty bin is absent.
    """
    known = graded.filter(pl.col("fell").is_not_null() & pl.col("p_fall_10").is_not_null())
    bins = reliability(
        known.get_column("p_fall_10").to_numpy(), known.get_column("fell").cast(pl.Float64).to_numpy()
    )
    return RELIABILITY.frame([found._asdict() for found in bins])


def _forecast_rows(own: pl.DataFrame, weeks: int) -> list[dict[str, object]]:
    """Accuracy against no change, calibration, and how often the event happened."""
    error = (pl.col("dln_multiple") - pl.col("expected_dln_multiple")) ** 2
    pairs = {
        "crps": (pl.col("crps"), pl.col("crps_no_change")),
        "squared_error": (error, pl.col("dln_multiple") ** 2),
        "brier": (pl.col("brier"), pl.col("brier_no_change")),
    }
    rows = [
        _tested("forecast", name, _by_date(own, *pair), weeks=weeks, good=-1, outcome="dln_multiple")
        for name, pair in pairs.items()
    ]
    for nominal in COVERAGES:
        inside = ((pl.col("pit") - 0.5).abs() <= nominal / 2).cast(pl.Float64)
        by_date = _by_date(own, inside, pl.lit(nominal))
        rows.append(_tested("forecast", f"coverage_{nominal * 100:.0f}", by_date, weeks=weeks, good=0))
    fell = _by_date(own, pl.col("fell").cast(pl.Float64), pl.col("p_fall_10"))
    rows.append(_tested("forecast", "falls", fell, weeks=weeks, good=0, outcome="dln_multiple"))
    return [*rows, _distance(own, weeks), _compressions(own, weeks)]


def _by_date(own: pl.DataFrame, value: pl.Expr, benchmark: pl.Expr) -> pl.DataFrame:
    """Means over the names of a date for which both figures are known."""
    pairs = own.select("as_of", value.alias("value"), benchmark.alias("benchmark")).drop_nulls()
    means = pairs.group_by("as_of").agg(pl.col("value", "benchmark").mean(), pl.len().alias("names"))
    return means.sort("as_of")


def _tested(
    subject: str,
    measure: str,
    by_date: pl.DataFrame,
    *,
    weeks: int,
    good: int,
    outcome: str | None = None,
    is_interim: bool = False,
) -> dict[str, object]:
    """One row: `good` is the sign of the difference that speaks for the forecast, 0 for calibration."""
    difference = (by_date.get_column("value") - by_date.get_column("benchmark")).to_numpy()
    test = mean_over_origins(by_date.get_column("as_of").to_list(), difference, weeks=weeks)
    verdict, reason = _verdict(test, good)
    return {
        "subject": subject,
        "horizon_weeks": weeks,
        "is_interim": is_interim,
        "measure": measure,
        "outcome": outcome,
        "value": by_date.get_column("value").mean(),
        "benchmark": by_date.get_column("benchmark").mean(),
        "difference": test.mean,
        "low": test.low,
        "high": test.high,
        "p_value": test.p_value,
        "forecasts": int(by_date.get_column("names").sum()),
        "dates": test.dates,
        "origins": test.origins,
        "verdict": verdict,
        "reason": reason,
    }


def _verdict(test: OriginTest, good: int) -> tuple[str, str | None]:
    if not test.is_testable or test.mean is None:
        return "not testable yet", test.reason
    if good == 0:
        return ("not consistent" if test.is_significant else "consistent"), None
    if not test.is_significant:
        return "not better", None
    return ("better" if test.mean * good > 0 else "worse"), None


def _described(
    measure: str, weeks: int, value: float | None, rows: pl.DataFrame, reason: str
) -> dict[str, object]:
    untold = value is None
    return {
        "subject": "forecast",
        "horizon_weeks": weeks,
        "is_interim": False,
        "measure": measure,
        "outcome": "dln_multiple",
        "value": value,
        "forecasts": rows.height,
        "dates": rows.get_column("as_of").n_unique(),
        "origins": 0,
        "verdict": "not testable yet" if untold else "described",
        "reason": "no date has a graded outcome" if untold else reason,
    }


def _distance(own: pl.DataFrame, weeks: int) -> dict[str, object]:
    known = own.filter(pl.col("pit").is_not_null())
    words = "largest distance of the PIT values from uniform; names of one date are not independent, so no p"
    return _described("ks_distance", weeks, ks_distance(known.get_column("pit").to_numpy()), known, words)


def _compressions(own: pl.DataFrame, weeks: int) -> dict[str, object]:
    known = own.filter(pl.col("compressed").is_not_null())
    share = known.get_column("compressed").cast(pl.Float64).mean() if known.height else None
    words = "share of outcomes in which the multiple fell by 10% or more while earnings held"
    return _described("compressions", weeks, share if isinstance(share, float) else None, known, words)


def _forecast_order(own: pl.DataFrame, realised: pl.DataFrame) -> _Subject:
    made = own.filter(pl.col("expected_dln_multiple").is_not_null()).select(
        "as_of", "ticker", "basis", pl.col("expected_dln_multiple").alias("predicted")
    )
    return _Subject("forecast", _with_outcome(made, realised, "dln_multiple"), "dln_multiple")


def _screen_orders(own: pl.DataFrame, ranks: pl.DataFrame, realised: pl.DataFrame) -> list[_Subject]:
    basis = own.select("as_of", "ticker", "basis")
    found = []
    for key, order in OUTCOME_OF_SCREEN.items():
        mine = ranks.filter(pl.col("screen") == key)
        if mine.is_empty():
            continue
        low_first = pl.col("rank") if order.is_rank_one_lowest else -pl.col("rank")
        made = mine.join(basis, on=["as_of", "ticker"], how="left", maintain_order="left").select(
            "as_of",
            "ticker",
            pl.col("basis").fill_null("trailing"),
            low_first.cast(pl.Float64).alias("predicted"),
        )
        found.append(_Subject(key, _with_outcome(made, realised, order.outcome), order.outcome))
    return found


def _with_outcome(made: pl.DataFrame, realised: pl.DataFrame, outcome: str) -> pl.DataFrame:
    happened = realised.select(
        "ticker", "basis", "horizon_weeks", pl.col("start").alias("as_of"), pl.col(outcome).alias("outcome")
    ).drop_nulls()
    return made.join(happened, on=["ticker", "basis", "as_of"], how="inner").sort(
        "horizon_weeks", "as_of", "ticker"
    )


def _order_rows(subject: _Subject, weeks: int, own_weeks: int) -> list[dict[str, object]]:
    """Rank IC (positive is right) and the outcome of the first third less that of the last.

    The first third is where rank 1 is: the names expected to fall most, or for a screen of strength to rise.
    """
    mine = subject.rows.filter(pl.col("horizon_weeks") == weeks)
    if weeks != own_weeks and mine.is_empty():
        return []
    order = OUTCOME_OF_SCREEN.get(subject.key)
    sign = -1 if order is not None and not order.is_rank_one_lowest else 1

    def spread(x: FloatArray, y: FloatArray) -> float | None:
        found = quantile_spread(x, y)
        return None if found is None else sign * found

    measures = {"rank_ic": (rank_correlation, 1), "spread": (spread, -sign)}
    return [
        _tested(
            subject.key,
            name,
            _each_date(mine, measure),
            weeks=weeks,
            good=good,
            outcome=subject.outcome,
            is_interim=weeks < own_weeks,
        )
        for name, (measure, good) in measures.items()
    ]


def _each_date(rows: pl.DataFrame, measure: Callable[[FloatArray, FloatArray], float | None]) -> pl.DataFrame:
    values = []
    for key, part in rows.partition_by("as_of", as_dict=True, maintain_order=True).items():
        found = measure(part.get_column("predicted").to_numpy(), part.get_column("outcome").to_numpy())
        if found is not None:
            values.append((key[0], found, 0.0, part.height))
    schema = {"as_of": pl.Date, "value": pl.Float64, "benchmark": pl.Float64, "names": pl.Int64}
    return pl.DataFrame(values, schema=schema, orient="row")


def _turnover_rows(key: str, ranks: pl.DataFrame) -> list[dict[str, object]]:
    parts = ranks.sort("as_of", "rank", "ticker").partition_by("as_of", maintain_order=True)
    rows: list[dict[str, object]] = []
    for measure, share in (("turnover_top5", None), ("turnover_tenth", 0.1)):
        leaders = []
        for part in parts:
            count = TOP if share is None else int(np.ceil(share * part.height))
            leaders.append(part.filter(pl.col("rank") <= count).get_column("ticker").to_list())
        changes = turnover(leaders)
        what = "first five" if share is None else "first tenth"
        words = f"mean share of the {what} that were not among them on the date before"
        rows.append(
            {
                "subject": key,
                "is_interim": False,
                "measure": measure,
                "value": float(np.mean(changes)) if changes else None,
                "forecasts": ranks.height,
                "dates": len(parts),
                "origins": 0,
                "verdict": "described" if changes else "not testable yet",
                "reason": _turnover_words(key, words) if changes else "fewer than two dates have ranks",
            }
        )
    return rows


def _turnover_words(key: str, words: str) -> str:
    return words if key in OUTCOME_OF_SCREEN else f"{words}; the screen {STATE_ONLY}"
