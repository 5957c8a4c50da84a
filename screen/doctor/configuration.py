"""Settings: where they come from, what cannot work, what SEC asks for."""

from __future__ import annotations

from collections.abc import Sequence

from exposures.errors import ScreenError
from screen.doctor.check import Check
from screen.settings import Settings, SettingsOrigin, live_names

__all__ = ["contact_check", "rate_check", "settings_checks", "theme_check"]

FAST = 5.0
"""Requests a second above which Yahoo is known to answer 429 within minutes (the default is 2)."""


def settings_checks(loaded: SettingsOrigin, unknown: Sequence[str]) -> list[Check]:
    """Return where settings come from, and one warning for each variable that nothing reads."""
    given = {key: origin for key, origin in loaded.origins.items() if origin != "default"}
    words = ", ".join(f"{key} ({origin})" for key, origin in given.items())
    rows = [Check("settings", "values", "ok", words or "every setting has its default")]
    rows += [
        Check("settings", text.split(" ")[0], "warn", text, "Unset it, or correct its name.")
        for text in unknown
    ]
    return rows


def theme_check(theme: str, error: ScreenError | None, companies: int) -> Check:
    """Return whether the theme can be used."""
    if error is not None:
        return Check("settings", "theme", "fail", error.message, error.fix)
    return Check("settings", "theme", "ok", f"{theme}, {companies} listed companies")


def contact_check(settings: Settings) -> list[Check]:
    """Return whether SEC is told who asks; no row when SEC is not asked.

    Reference: https://www.sec.gov/os/accessing-edgar-data (a User-Agent with a name and an e-mail address).
    """
    if "edgar" not in live_names(settings.source):
        return []
    fix = 'Set contact = "Your Name you@example.org" in screen.toml, or SCREEN_CONTACT.'
    if not settings.contact:
        if settings.source in ("auto", "live"):
            found = "empty: SEC filings are left out of live pulls"
            return [Check("settings", "contact", "warn", found, fix)]
        return [Check("settings", "contact", "fail", "empty, but edgar is asked for", fix)]
    if not settings.contact.isascii():
        found = f'"{settings.contact}" is not plain ASCII text, as a header must be'
        return [Check("settings", "contact", "fail", found, fix)]
    if "@" not in settings.contact or " " not in settings.contact:
        found = f'"{settings.contact}" is not a name and an e-mail; SEC may block the requests'
        return [Check("settings", "contact", "warn", found, fix)]
    return [Check("settings", "contact", "ok", settings.contact)]


def rate_check(settings: Settings) -> list[Check]:
    """Return whether Yahoo is asked politely; no row when Yahoo is not asked."""
    if "yahoo" not in live_names(settings.source):
        return []
    rate = settings.yahoo_requests_per_second
    found = f"{rate:g} requests a second, {settings.yahoo_workers} at a time"
    if rate > FAST:
        return [Check("settings", "Yahoo rate", "warn", found, f"Above {FAST:g} Yahoo soon answers 429.")]
    return [Check("settings", "Yahoo rate", "ok", found)]
