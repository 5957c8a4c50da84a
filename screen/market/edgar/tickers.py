"""Yahoo symbol -> the SEC's number of a company."""

from __future__ import annotations

import re

__all__ = ["LISTED_ELSEWHERE", "TICKERS_URL", "read_ticker_map", "us_symbol"]

TICKERS_URL = "https://www.sec.gov/files/company_tickers.json"

LISTED_ELSEWHERE = {"2330.TW": "TSM", "3711.TW": "ASX", "000660.KS": "SKHY"}
"""Yahoo symbol of a home listing -> symbol under which the SEC knows the company.

Sources: TSMC's CIK 1046179 stands in the notes on market data (section 5: files 20-F and a half-year 6-K in
ifrs-full); the American listings ASX of ASE and SKHY of SK hynix in the ticker checks of the theme's
companies.csv (US list of 2026-08-22). Others of the theme that may file are left out: nothing at hand shows
their symbol. EPS and share counts in the filings are those of the home listing's shares, not of receipts."""

_US_SYMBOL = re.compile(r"[A-Z]{1,5}(-[A-Z]{1,2})?")


def us_symbol(ticker: str) -> str | None:
    """Return the symbol of `ticker` at the SEC; None for other listings that `LISTED_ELSEWHERE` lacks.

    Yahoo writes American listings without a suffix, and classes as the SEC does (``BRK-B``).
    """
    return ticker if _US_SYMBOL.fullmatch(ticker) else LISTED_ELSEWHERE.get(ticker)


def read_ticker_map(content: bytes) -> dict[str, int]:
    """Return symbol -> CIK from company_tickers.json; of a symbol told twice the first counts.

    Missing data: entries without a symbol or a number are left out.

    Raises
    ------
    ValueError
        The content is not the list of tickers, or holds none.
    """
    from pydantic_core import from_json

    answer = from_json(content)
    if not isinstance(answer, dict):
        raise ValueError("not a list of tickers")
    found: dict[str, int] = {}
    for entry in answer.values():
        if not isinstance(entry, dict):
            continue
        symbol, cik = entry.get("ticker"), entry.get("cik_str")
        if isinstance(symbol, str) and isinstance(cik, int | str) and str(cik).isdigit():
            found.setdefault(symbol.upper(), int(cik))
    if not found:
        raise ValueError("no ticker in the list")
    return found
