"""Backtests: the present method on past dates, each from what was known then, on any executor."""
