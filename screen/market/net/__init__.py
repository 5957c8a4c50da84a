"""Asking a data host: typed faults, one rate limit, few attempts, one breaker for the host."""

from screen.market.net.faults import FetchError
from screen.market.net.gate import Gate
from screen.market.net.http import HttpAnswer, HttpClient
from screen.market.net.politeness import Politeness

__all__ = ["FetchError", "Gate", "HttpAnswer", "HttpClient", "Politeness"]
