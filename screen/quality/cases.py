"""What each rule says of what it finds: table, rule, action and words, one case a line."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CASES", "Case"]


@dataclass(frozen=True)
class Case:
    """One kind of finding.

    Parameters
    ----------
    dataset, rule, action
        As in FINDINGS.
    reason
        What is wrong, without figures, so that equal faults group; then what ``value`` measures.
    """

    dataset: str
    rule: str
    action: str
    reason: str


_JUMP = "value: jump as a ratio"
_EPS = "value: EPS over net income per share"
_COUNT = "value: profile over statements"

CASES = {
    # prices
    "minor_unit": Case("prices", "minor_unit", "repaired", "prices in a minor unit such as pence; value: units in one of the currency"),
    "other_currency": Case("prices", "currency_change", "excluded", "prices in another currency than the newest ones"),
    "foreign_currency": Case("prices", "currency_change", "flagged", "prices in another currency than the company's listing; they keep their own"),
    "placeholder": Case("prices", "zero_volume", "excluded", "no volume and the close of the day before while the exchange traded; value: such days"),
    "repeated": Case("prices", "stale_tail", "excluded", "the newest bars repeat one close without volume; value: bars with that close"),
    "stale": Case("prices", "stale_tail", "flagged", "newest close behind that of the exchange, blank once older than ten days; value: days of trade missed"),
    "split": Case("prices", "half_applied_split", "repaired", f"part of the history lacks the adjustment for a split on record; {_JUMP}"),
    "glitch": Case("prices", "single_day_glitch", "excluded", f"one close far from those before and after it, which agree; {_JUMP}"),
    "unconfirmed": Case("prices", "unconfirmed_jump", "excluded", f"newest closes on a level that no split explains and too few bars confirm; {_JUMP}"),
    "level": Case("prices", "level_shift", "excluded", f"closes on another level than the newest ones and no split on record explains it; {_JUMP}"),
    "doubled": Case("prices", "level_shift", "flagged", f"close about doubled or halved in a day without a split on record; {_JUMP}"),
    "adjusted": Case("prices", "mixed_adjustment", "excluded", "closes adjusted for dividends among true ones; value: rise of close over adjusted close where they end"),
    "adjustment": Case("prices", "mixed_adjustment", "flagged", "close over adjusted close rises, or falls by more than a dividend; value: its change as a ratio"),
    # estimates
    "no_currency": Case("estimates", "estimate_currency", "excluded", "the estimate does not say its currency"),
    "mirrored": Case("estimates", "eps_sign_flip", "excluded", "expected EPS is the one before with the other sign; value: new over old"),
    "crossed": Case("estimates", "eps_sign_flip", "flagged", "expected EPS crosses zero although it had been steady; value: new over old"),
    # statements
    "scale": Case("statements", "share_scale", "repaired", "share count in thousands or millions, as EPS and net income show; value: factor it misses"),
    "count": Case("statements", "share_scale", "excluded", "share count far off the company's other ones; value: factor it misses"),
    "eps_mirrored": Case("statements", "eps_sign", "excluded", f"EPS is net income over shares with the other sign; {_EPS}"),
    "eps_sign": Case("statements", "eps_sign", "flagged", "EPS and net income differ in sign, as they do after preferred dividends; value: EPS"),
    "eps_adr": Case("statements", "eps_mismatch", "flagged", f"EPS is per depositary share and the share count of ordinary ones; {_EPS}"),
    "eps_wrong": Case("statements", "eps_mismatch", "excluded", f"EPS does not fit net income over shares: another currency, share basis or a slip; {_EPS}"),
    "eps_doubt": Case("statements", "eps_mismatch", "flagged", f"EPS lies off net income over shares; {_EPS}"),
    "revenue_spike": Case("statements", "revenue_jump", "excluded", "revenue of one quarter far above those on both sides; value: over the quarter before"),
    "revenue_jump": Case("statements", "revenue_jump", "flagged", "quarterly revenue far from that of a year before; value: ratio"),
    "late": Case("statements", "late_statements", "flagged", "the next quarter should have been reported; value: days since the newest quarter's end"),
    # profiles
    "shares_adr": Case("profile", "share_count", "flagged", f"share count of depositary shares, the statements count ordinary ones; {_COUNT}"),
    "shares_wrong": Case("profile", "share_count", "excluded", f"share count off that of the statements: one share class, or a split; {_COUNT}"),
    "shares_doubt": Case("profile", "share_count", "flagged", f"share count off that of the statements; {_COUNT}"),
    "value_wrong": Case("profile", "market_value", "excluded", "price times shares far off the stated market value; value: the first over the second"),
    "value_doubt": Case("profile", "market_value", "flagged", "price times shares off the stated market value; value: the first over the second"),
}  # fmt: skip
"""Key of a kind of finding -> what is said of it."""
