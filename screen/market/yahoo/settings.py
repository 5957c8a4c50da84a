"""`YahooSettings`: how politely and how patiently Yahoo is asked, and for how much history."""

from __future__ import annotations

from pydantic import Field

from screen.market.net.politeness import Politeness

__all__ = ["YahooSettings"]


class YahooSettings(Politeness):
    """How politely and how patiently Yahoo is asked, and for how much history."""

    cookie_timeout_s: float = Field(
        3.0,
        gt=0,
        description="Longest wait for a cookie, consent or crumb; charts and accounts do without them.",
    )
    history_days: int = Field(
        1130, ge=120, description="Days of prices: three years and a month; the product asks for ten."
    )
