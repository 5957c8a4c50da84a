"""The claim "revenue grows, margins diverge" as a test with a verdict and a date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import polars as pl

from exposures.tables import TIERS
from models.cross_section import MAD_TO_SIGMA, FloatArray, mad
from models.margin_evidence import MarginEvidence
from models.rank_tests import ALPHA, SIMULATION_SEED, Shift, detection_power, hodges_lehmann, ordered_test
from models.tables import DIVERGENCE

__all__ = ["Divergence", "divergence_rows", "divergence_table", "margin_divergence"]

STRONG, WEAK = TIERS[0], TIERS[-1]
# A change that ended longer ago is about the year before last.
MAX_AGE_DAYS = 365
# Power from which a test that found nothing counts as evidence against the claim (Cohen 1988).
ENOUGH_POWER = 0.80
# Two names make no sample of a tier.
MIN_NAMES = 3
SUPPORTED, NOT_SUPPORTED, NOT_TESTABLE = "supported", "not supported", "not testable yet"


@dataclass(frozen=True)
class Divergence:
    """Result of the test; fractions, None is unknown.

    Parameters
    ----------
    verdict
        supported, not supported or not testable yet.
    reason
        Why, in words.
    spread_change, low, high
        Hodges-Lehmann difference of the yearly margin changes, bottleneck less pressured, with its 90%
        interval.
    p, p_narrower
        One-sided permutation p that the spread widened, or narrowed.
    power_one_sd, power_half_sd, standard_deviation
        Chance to find a true difference of one, or half, a standard deviation of a name's change within
        its tier, and that standard deviation.
    names_bottleneck, names_pressured
        Names with a margin change.
    growth_bottleneck, growth_pressured, growth_names_bottleneck, growth_names_pressured
        Median revenue growth on a year before and the names behind it.
    first_end, last_end, known_at
        Oldest and newest period end of the changes; day the newest became known.
    """

    verdict: str
    reason: str
    spread_change: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_narrower: float | None = None
    power_one_sd: float | None = None
    power_half_sd: float | None = None
    standard_deviation: float | None = None
    names_bottleneck: int = 0
    names_pressured: int = 0
    growth_bottleneck: float | None = None
    growth_pressured: float | None = None
    growth_names_bottleneck: int = 0
    growth_names_pressured: int = 0
    first_end: date | None = None
    last_end: date | None = None
    known_at: date | None = None
    source: str | None = None


def divergence_rows(
    found: Mapping[str, MarginEvidence], tiers: Mapping[str, str | None], *, as_of: date
) -> pl.DataFrame:
    """Return ticker, tier, change, growth, period_end, known_at, source: what `margin_divergence` tests.

    Changes whose period ended more than a year before `as_of` are null.
    """
    schema = {
        "ticker": pl.String, "tier": pl.String, "change": pl.Float64, "growth": pl.Float64,
        "period_end": pl.Date, "known_at": pl.Date, "source": pl.String, "is_filed": pl.Boolean,
    }  # fmt: skip
    rows = []
    for ticker, own in sorted(found.items()):
        end = own.change_end
        is_fresh = end is not None and 0 <= (as_of - end).days <= MAX_AGE_DAYS
        change = own.change if is_fresh else None
        used = end if change is not None else None
        rows.append(
            (ticker, tiers.get(ticker), change, own.growth, used, own.known_at, own.source, own.quarters > 0)
        )
    return pl.DataFrame(rows, schema=schema, orient="row")


def margin_divergence(rows: pl.DataFrame, *, seed: int = SIMULATION_SEED) -> Divergence:
    """Test whether margins of bottlenecks and of pressured names part while revenue of both tiers grows.

    The unit is the company: its newest change of the gross margin on a year before, so that the
    composition is the same at both ends. The test is the exact rank test of Mann and Whitney, one-sided;
    the estimate is the Hodges-Lehmann difference, whose 90% interval belongs to the same test.

    * supported: ``p <= .05`` and the median revenue growth of both tiers is above zero;
    * not supported: the spread narrowed (``p <= .05``), revenue of a tier does not grow, or nothing was
      found although a difference of one standard deviation would be found with a chance of 80% or more;
    * not testable yet: too few names for any p of .05, unknown growth, or nothing found at less power.

    Parameters
    ----------
    rows
        From `divergence_rows`: ticker, tier, change, growth (fractions), period_end, known_at, source.
    seed
        Of the draw of permutations, used only when changes tie.

    Missing data: names without tier or change are left out, and counted by their absence from n.

    References
    ----------
    Methods, section 4; research note 000 (revenue growth with gross-margin divergence); Hodges and Lehmann
    1963. Assumes that names are exchangeable within the two tiers; common shocks of one tier are not
    taken out.
    """
    finite = pl.col("change").is_not_null() & pl.col("change").is_finite()
    used = rows.filter(finite & pl.col("tier").is_in([STRONG, WEAK])).sort("ticker")
    strong, weak = (_values(used, tier, "change") for tier in (STRONG, WEAK))
    growth = {tier: _values(rows, tier, "growth") for tier in (STRONG, WEAK)}
    base = Divergence(
        NOT_TESTABLE, "",
        names_bottleneck=strong.size, names_pressured=weak.size,
        growth_bottleneck=_middle(growth[STRONG]), growth_pressured=_middle(growth[WEAK]),
        growth_names_bottleneck=growth[STRONG].size, growth_names_pressured=growth[WEAK].size,
        first_end=_day(used, "period_end", newest=False), last_end=_day(used, "period_end"),
        known_at=_day(used, "known_at"), source=_sources(used),
    )  # fmt: skip
    return _judged(base, strong, weak, seed)


def _values(rows: pl.DataFrame, tier: str, name: str) -> FloatArray:
    chosen = rows.filter((pl.col("tier") == tier) & pl.col(name).is_finite()).sort("ticker")
    return chosen.get_column(name).to_numpy().astype(np.float64)


def _middle(values: FloatArray) -> float | None:
    return float(np.median(values)) if values.size else None


def _day(rows: pl.DataFrame, name: str, *, newest: bool = True) -> date | None:
    days = rows.get_column(name)
    found = days.max() if newest else days.min()
    return found if isinstance(found, date) else None


def _sources(rows: pl.DataFrame) -> str | None:
    return "+".join(sorted({p for s in rows.get_column("source").drop_nulls() for p in s.split("+")})) or None


def _judged(
    base: Divergence,
    strong: FloatArray,
    weak: FloatArray,
    seed: int,
) -> Divergence:
    groups = np.repeat([0.0, 1.0], [weak.size, strong.size])
    test = ordered_test(groups, np.concatenate([weak, strong]), seed=seed)
    shift = hodges_lehmann(strong, weak) or Shift(0.0, None, None)
    figures = asdict(base) | {
        "power_one_sd": detection_power((weak.size, strong.size), 1.0),
        "power_half_sd": detection_power((weak.size, strong.size), 0.5),
        "standard_deviation": _within(strong, weak),
    }  # fmt: skip
    if test is None or min(strong.size, weak.size) < MIN_NAMES or test.smallest_p > ALPHA:
        figures["reason"] = (
            f"a margin change is known of {strong.size} {STRONG} and {weak.size} {WEAK} names; "
            f"{MIN_NAMES} of each with differing changes are needed"
        )
        return Divergence(**figures)
    figures |= {
        "spread_change": shift.estimate, "low": shift.low, "high": shift.high, "p": test.p_greater,
        "p_narrower": test.p_less,
    }  # fmt: skip
    verdict, reason = _verdict(Divergence(**figures))
    return Divergence(**(figures | {"verdict": verdict, "reason": reason}))


def _within(strong: FloatArray, weak: FloatArray) -> float | None:
    """Robust standard deviation of a name's change around the median of its tier."""
    parts = [part - np.median(part) for part in (strong, weak) if part.size >= MIN_NAMES]
    spread = mad(np.concatenate(parts)) if parts else None
    return MAD_TO_SIGMA * spread if spread else None


def _verdict(found: Divergence) -> tuple[str, str]:
    p, narrower, power = found.p or 0.0, found.p_narrower or 0.0, found.power_one_sd or 0.0
    growths = {STRONG: found.growth_bottleneck, WEAK: found.growth_pressured}
    if unknown := [tier for tier, growth in growths.items() if growth is None]:
        return NOT_TESTABLE, f"revenue growth of the {' and the '.join(unknown)} names is not known"
    if still := [tier for tier, growth in growths.items() if growth is not None and growth <= 0]:
        return NOT_SUPPORTED, f"the median revenue of the {' and the '.join(still)} names does not grow"
    if p <= ALPHA:
        return SUPPORTED, "revenue of both tiers grows and the margins part by more than chance explains"
    if narrower <= ALPHA:
        return NOT_SUPPORTED, "revenue of both tiers grows, but the margins came closer"
    if power >= ENOUGH_POWER:
        return NOT_SUPPORTED, "a difference of one standard deviation would probably have been found"
    return NOT_TESTABLE, "no difference was found, but so few names would often miss one that is there"


def divergence_table(
    rows: pl.DataFrame, default_tiers: Mapping[str, str | None], *, seed: int = SIMULATION_SEED
) -> pl.DataFrame:
    """Return `DIVERGENCE`: the test on all names, and two variants that show what it hinges on.

    * assigned: the tiers in force, filings and published margins;
    * defaults: every company on the tier of its segment, since overrides were set with margins in
      view and would find themselves again;
    * filings: without published margins, whose periods differ from name to name.
    """
    defaults = rows.with_columns(
        tier=pl.col("ticker").replace_strict(dict(default_tiers), default=None, return_dtype=pl.String)
    )
    filed = rows.with_columns(change=pl.when(pl.col("is_filed")).then(pl.col("change")))
    variants = {"assigned": rows, "defaults": defaults, "filings": filed}
    return DIVERGENCE.frame(
        [{"variant": name} | asdict(margin_divergence(used, seed=seed)) for name, used in variants.items()]
    )
