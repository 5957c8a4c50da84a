"""One payer as the capex models see it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.capex_accounts import Account
from models.capex_balances import Balances

__all__ = ["Payer"]


@dataclass(frozen=True)
class Payer:
    """One payer.

    Parameters
    ----------
    accounts
        Group accounts in the order in which they count.
    balances
        Backlog, leverage, book life.
    """

    ticker: str
    name: str
    accounts: tuple[Account, ...]
    balances: Balances

    def with_accounts(self, accounts: tuple[Account, ...]) -> Payer:
        """Return the payer with other accounts (a scenario)."""
        return replace(self, accounts=accounts)
