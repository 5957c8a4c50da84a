"""What is known about one payer before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.capex_accounts import Account, is_group

__all__ = ["PayerData"]


@dataclass(frozen=True)
class PayerData:
    """Inputs of one payer.

    Parameters
    ----------
    row, quarters
        Its PANEL row and its QUARTERS rows, oldest first.
    published
        Published accounts, newest first, of the group and of its parts.
    fx_to_usd
        Currency -> US dollars for one unit.
    is_simulated
        True when row and quarters come from the simulated sample.
    is_cloud
        True for a company of the cloud layer: scenarios on the cloud margin reach it.
    """

    ticker: str
    name: str
    row: Mapping[str, object]
    quarters: Sequence[Mapping[str, object]]
    published: Sequence[Account]
    as_of: date
    fx_to_usd: Mapping[str, float]
    is_simulated: bool
    is_cloud: bool

    def group(self) -> list[Account]:
        """Published accounts of the whole company."""
        return [a for a in self.published if is_group(a.subject, self.name)]

    def segments(self) -> list[Account]:
        """Published accounts of its parts."""
        return [a for a in self.published if not is_group(a.subject, self.name)]

    def rate(self) -> float | None:
        """US dollars for one unit of the reporting currency; None when no rate or no quarter is known."""
        if not self.quarters:
            return None
        currency = str(self.quarters[-1]["currency"])
        return 1.0 if currency == "USD" else self.fx_to_usd.get(currency)
