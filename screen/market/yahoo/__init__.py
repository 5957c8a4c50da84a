"""Yahoo Finance through the real yfinance client: typed faults, values with their own currency."""

from screen.market.yahoo.feed import YahooFeed
from screen.market.yahoo.settings import YahooSettings

__all__ = ["YahooFeed", "YahooSettings"]
