"""The components that a screen may weigh: one entry each, with unit and direction."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

__all__ = ["COMPONENT_KEYS", "Component", "component", "sign"]


@dataclass(frozen=True)
class Component:
    """One input of a composite score.

    Parameters
    ----------
    key, label, unit
        Name in theme files, name for people, unit of the value.
    sign
        +1 when a high value moves a name towards rank 1 of the screens that use it, else -1.
    meaning
        One sentence for the method section.
    floor
        Smallest spread that counts as a spread, in the unit: where most names sit at zero (shares of a
        loop), the robust scale is tiny and would blow a difference of a hair up to three deviations.
    lowest, highest
        Values that it cannot pass, in the unit.
    choices
        The only values that it takes; empty when any does.
    """

    key: str
    label: str
    unit: str
    sign: int
    meaning: str
    floor: float = 0.0
    lowest: float = -inf
    highest: float = inf
    choices: tuple[float, ...] = ()


_ENTRIES = (
    # beneficiaries: high = stronger
    Component("tier_power", "Tier", "score", +1, "Assigned tier: bottleneck 2, contested 1, pressured 0.", choices=(0.0, 1.0, 2.0)),
    Component("gross_margin_level", "Gross margin", "fraction", +1, "Median gross margin of up to 8 quarters.", floor=0.02, highest=1),
    Component("gross_margin_change", "Margin change", "fraction", +1, "Median gross margin of the last four quarters against the four before.", floor=0.01),
    Component("incremental_margin", "Incremental margin", "fraction", +1, "Theil-Sen slope of gross profit on revenue."),
    Component("revenue_growth", "Revenue growth", "fraction", +1, "Last quarter on the same quarter a year before.", floor=0.02),
    Component("ai_exposure", "AI exposure", "fraction", +1, "Lower bound of the stated revenue share; never a ceiling.", lowest=0, highest=1),
    Component("eps_revision", "EPS revision", "log", +1, "Change of the expected EPS of the same fiscal year over 13 weeks."),
    Component("valuation_gap", "Valuation gap", "log", +1, "Warranted over actual multiple: minus the premium."),
    # compression: high = more at risk
    Component("premium_over_warranted", "Premium", "log", +1, "Actual over warranted multiple."),
    Component("expected_multiple_change", "Expected change", "log", -1, "Expected 12-month change of the log multiple."),
    Component("compression_observed", "Observed compression", "log", +1, "Fall of the multiple while EPS held, longest horizon up to 26 weeks."),
    Component("own_history_position", "Own history", "fraction", +1, "Percentile of the multiple in its own history.", lowest=0, highest=1),
    Component("implied_growth_gap", "Implied growth gap", "fraction", +1, "Growth that the price needs over growth that is expected."),
    # capex loop: high = more dependent
    Component("own_financing_share", "Own financing", "fraction", +1, "Revenue paid with the company's own investments and loans.", floor=0.005, lowest=0, highest=1),
    Component("own_purchase_share", "Own purchases", "fraction", +1, "Revenue paid with the company's own purchases.", floor=0.005, lowest=0, highest=1),
    Component("capital_market_share", "Capital markets", "fraction", +1, "Revenue paid with customers' outside funding.", floor=0.03, lowest=0, highest=1),
    Component("cycling_index", "Cycling", "fraction", +1, "Share of throughflow that passed through before.", floor=0.005, lowest=0, highest=1),
    Component("contingent_exposure", "Contingent claims", "fraction", +1, "Guarantees and backstops given over yearly revenue.", floor=0.05, lowest=0),
    # both
    Component("revenue_at_risk", "Revenue at risk", "fraction", +1, "Revenue lost when the labs' outside funding falls.", floor=0.01, lowest=0, highest=1),
    # payers: high = heavier burden
    Component("capex_to_ocf", "Capex / OCF", "fraction", +1, "Capital spending over operating cash flow."),
    Component("capex_to_revenue", "Capex / revenue", "fraction", +1, "Capital spending over revenue.", floor=0.02, lowest=0),
    Component("operating_income_per_capex", "OI / capex", "times", -1, "Operating income over capital spending."),
    Component("fcf_margin", "FCF margin", "fraction", -1, "Free cash flow over revenue.", floor=0.02),
    Component("leverage", "Debt / equity", "fraction", +1, "Total debt over book equity."),
    Component("depreciation_step_up", "Depreciation step-up", "fraction", +1, "Extra depreciation of the next four quarters if servers lasted 3 years, over operating income.", floor=0.02),
    Component("backlog_concentration", "Backlog from labs", "fraction", +1, "Share of backlog owed by the labs.", lowest=0, highest=1),
)  # fmt: skip

# Floors are judgements: half a point of revenue paid with own money, three points from capital markets, one
# point of revenue at risk or of margin are the smallest differences that an analyst would act on; two points
# of operating income are what the error of a depreciation step-up can tell apart.
_BY_KEY = {entry.key: entry for entry in _ENTRIES}
COMPONENT_KEYS = frozenset(_BY_KEY)
NEGATED_IN = {("beneficiaries", "revenue_at_risk")}
"""(screen, component) pairs in which the component counts against rank 1 although its sign is +1."""


def component(key: str) -> Component:
    """Return the entry for `key`; a KeyError here is a programming error (theme files are linted)."""
    return _BY_KEY[key]


def sign(screen: str, key: str) -> int:
    """Return +1 when a high value moves a name towards rank 1 of `screen`, else -1."""
    own = _BY_KEY[key].sign
    return -own if (screen, key) in NEGATED_IN else own
