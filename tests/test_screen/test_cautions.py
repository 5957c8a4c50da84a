"""Cautions on a date: the week day, overrides that have expired, a map that is younger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from exposures.load import load_theme
from screen.commands.cautions import ahead_note, map_cautions, week_note


def test_a_day_that_is_no_friday_is_named() -> None:
    assert week_note(date(2026, 8, 21)) == []
    assert week_note(date(2026, 8, 23)) == ["note: 2026-08-23 is a Sunday; weekly screens use Fridays."]


def test_a_day_that_has_not_come_is_named() -> None:
    day = date(2026, 8, 21)
    assert ahead_note(day, today=day) == []
    (line,) = ahead_note(day + timedelta(days=1), today=day)
    assert line.startswith("caution: 2026-08-22 has not come (today is 2026-08-21, UTC)")


def test_an_earlier_date_is_told_that_the_map_is_todays() -> None:
    loaded = load_theme("multicloud-gpu", as_of=date(2026, 6, 1))
    reviewed = loaded.theme.curated_at
    assert any(f"reviewed on {reviewed}" in line for line in map_cautions(loaded))
    none_expired = loaded.memberships.with_columns(tier_origin=pl.lit("default"))
    assert map_cautions(replace(loaded, as_of=reviewed, memberships=none_expired)) == []
    same_week = replace(loaded, as_of=reviewed - timedelta(days=7), memberships=none_expired)
    assert map_cautions(same_week) == []
    earlier = replace(loaded, as_of=reviewed - timedelta(days=8), memberships=none_expired)
    assert len(map_cautions(earlier)) == 1


def test_expired_overrides_are_counted_and_the_first_five_named() -> None:
    loaded = load_theme("multicloud-gpu", as_of=date(2030, 1, 4))
    expired = loaded.memberships.filter(pl.col("tier_origin") == "expired override")
    tickers = sorted(set(expired["ticker"]))
    assert len(tickers) > 5
    line = next(line for line in map_cautions(loaded) if "expired" in line)
    assert line == (
        f"warning: {expired.height} tier overrides have expired by 2030-01-04: "
        f"{', '.join(tickers[:5])} and {len(tickers) - 5} more."
    )
