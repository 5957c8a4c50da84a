"""Yahoo Finance through the real yfinance client: typed faults, values with their own currency."""
