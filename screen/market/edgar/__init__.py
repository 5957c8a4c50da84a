"""SEC EDGAR: filed statements with the day of the filing, from the keyless companyfacts service."""

from screen.market.edgar.feed import EDGAR_POLITENESS, EdgarFeed
from screen.market.edgar.splits import first_new_basis

__all__ = ["EDGAR_POLITENESS", "EdgarFeed", "first_new_basis"]
