"""``screen doctor``: is everything in place for the next run?"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from exposures.errors import ScreenError, UsageError
from exposures.load import load_theme
from screen.console import emit_json, emit_table
from screen.doctor.check import Check, exit_code
from screen.doctor.configuration import contact_check, rate_check, settings_checks, theme_check
from screen.doctor.coverage import coverage_checks
from screen.doctor.environment import disk_checks, proxy_checks
from screen.doctor.plan import plan_checks
from screen.doctor.reach import ask_hosts, clock_checks, reach_checks
from screen.doctor.stored import StoreLook, look_at_store
from screen.market.feed import PullRequest
from screen.market.feeds import feed_names, live_feeds
from screen.market.protocol import Company, companies_of
from screen.market.store import MarketStore
from screen.run import refuse_faults
from screen.settings import Settings, SettingsOrigin, live_names, load_settings, unknown_variables

__all__ = ["doctor_command"]

HEADER = ("check", "of", "level", "found", "what to do")


def doctor_command(flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Look at everything, print one row a check; return the exit code."""
    try:
        loaded = load_settings(flags)
    except UsageError as error:
        checks = [Check("settings", "values", "fail", error.message, error.fix)]
    else:
        checks = examine(loaded, now=datetime.now(tz=UTC))
    code = exit_code(checks)
    counts = {
        level: sum(check.level == level for check in checks) for level in ("ok", "warn", "fail", "skip")
    }
    if as_json:
        emit_json([asdict(check) for check in checks], {**counts, "exit_code": code})
        return code
    rows = [(check.topic, check.name, check.level, check.found, check.fix) for check in checks]
    caption = ", ".join(f"{count} {level}" for level, count in counts.items() if count)
    emit_table("Doctor", HEADER, rows, caption=caption)
    return code


def examine(loaded: SettingsOrigin, *, now: datetime) -> list[Check]:
    """Return every check: settings, store, sources, clock, proxies, coverage, disk, plan of the next pull."""
    settings, day = loaded.settings, now.date()
    checks = settings_checks(loaded, unknown_variables())
    checks += [*contact_check(settings), *rate_check(settings)]
    companies, fault = _companies(settings.theme, day)
    checks.append(theme_check(settings.theme, fault, len(companies)))
    store, look = _store(settings.store, companies, day)
    checks += look.checks
    checks += _network(settings, look, now)
    checks += proxy_checks(os.environ)
    if look.data is not None:
        checks += coverage_checks(look.data, companies, as_of=day)
    checks += disk_checks(_folders(settings))
    if store is not None and companies:
        checks += _plan(settings, store, companies, day)
    return checks


def _companies(theme: str, day: date) -> tuple[Sequence[Company], ScreenError | None]:
    try:
        refuse_faults(theme, as_of=day)
        return companies_of(load_theme(theme, as_of=day).companies), None
    except ScreenError as error:
        return (), error


def _store(address: str, companies: Sequence[Company], day: date) -> tuple[MarketStore | None, StoreLook]:
    try:
        store = MarketStore(address)
        return store, look_at_store(store, companies, day=day)
    except ScreenError as error:
        return None, StoreLook((Check("store", "content", "fail", error.message, error.fix),))


def _network(settings: Settings, look: StoreLook, now: datetime) -> list[Check]:
    feeds = live_names(settings.source)
    if settings.offline or not feeds:
        why = "offline is set" if settings.offline else f"source {settings.source} asks no host"
        return [
            Check("source", "hosts", "skip", f"{why}: no request is sent"),
            *clock_checks([], now=now, newest_pull=look.newest_pull),
        ]
    replies = ask_hosts(feeds, contact=settings.contact)
    answered = datetime.now(tz=UTC) if replies else now
    return [
        *reach_checks(replies, has_stored=look.data is not None),
        *clock_checks(replies, now=answered, newest_pull=look.newest_pull),
    ]


def _folders(settings: Settings) -> dict[str, Path]:
    folders = {"out": settings.out, "cache_dir": settings.cache_dir}
    return folders if "://" in settings.store else {"store": Path(settings.store), **folders}


def _plan(settings: Settings, store: MarketStore, companies: Sequence[Company], day: date) -> list[Check]:
    """The next pull of the feeds that can be asked (SEC only with a contact)."""
    names = [name for name in feed_names(settings) if name != "edgar" or settings.contact]
    tickers = [company.ticker for company in companies]
    try:
        asked = [
            (feed, PullRequest(tuple(companies), day, store.held(feed.name, tickers)))
            for feed in live_feeds(names, settings)
        ]
    except ScreenError as error:
        return [Check("plan", "next pull", "warn", error.message, error.fix)]
    return plan_checks(asked, yahoo_rate=settings.yahoo_requests_per_second)
