"""Monthly revenue among the stored outcomes: told of those who were asked, and of nobody else."""

from __future__ import annotations

from datetime import date

from screen.market.stored_outcomes import stored_outcomes
from screen.market.tables import ESTIMATES, MONTHLY_REVENUE, PRICES, PROFILES, PULLS, STATEMENTS

DAY = date(2026, 11, 20)
EMPTY = {
    "prices": PRICES.empty(),
    "estimates": ESTIMATES.empty(),
    "statements": STATEMENTS.empty(),
    "profiles": PROFILES.empty(),
}


def test_only_who_was_asked_has_an_outcome() -> None:
    asked = {
        "ticker": "1101.TW", "dataset": "monthly_revenue", "status": "timeout", "reason": "no answer within 10 s",
        "requests": 3, "source": "twse", "pulled_at": DAY, "pull_id": "1",
    }  # fmt: skip
    month = {
        "ticker": "1101.TW", "period_end": date(2026, 9, 30), "revenue": 1.0, "currency": "TWD",
        "known_at": date(2026, 10, 15), "source": "twse",
    }  # fmt: skip
    frames = {**EMPTY, "monthly_revenue": MONTHLY_REVENUE.frame([month])}
    found = stored_outcomes(PULLS.frame([asked]), ["1101.TW", "ACME"], frames, as_of=DAY)
    rows = found.filter(dataset="monthly_revenue")
    assert rows.select("ticker", "status", "reason", "latest").rows() == [
        ("1101.TW", "timeout", "no answer within 10 s; stored rows are used", date(2026, 10, 15))
    ]
    assert (
        stored_outcomes(PULLS.empty(), ["1101.TW"], EMPTY, as_of=DAY)
        .filter(dataset="monthly_revenue")
        .is_empty()
    )
