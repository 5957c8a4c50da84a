"""What the keys of the closed lists are called: labels, tiers, cases, states of a watch line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Words"]


def _words(**words: str) -> Mapping[str, str]:
    return words


@dataclass(frozen=True)
class Words:
    """Key -> word, one mapping a list; the defaults are English."""

    labels: Mapping[str, str] = field(
        default_factory=lambda: _words(fact="fact", estimate="estimate", inference="inference")
    )
    tiers: Mapping[str, str] = field(
        default_factory=lambda: _words(bottleneck="bottleneck", contested="contested", pressured="pressured")
    )
    roles: Mapping[str, str] = field(
        default_factory=lambda: _words(supplier="supplier", payer="payer", user="user")
    )
    cases: Mapping[str, str] = field(
        default_factory=lambda: _words(ledger="ledger alone", with_assumptions="with assumptions")
    )
    in_case: Mapping[str, str] = field(
        default_factory=lambda: _words(ledger="on the ledger alone", with_assumptions="with assumptions")
    )
    denominators: Mapping[str, str] = field(
        default_factory=lambda: _words(forward="expected EPS", trailing="EPS", sales="sales per share")
    )
    bases: Mapping[str, str] = field(
        default_factory=lambda: _words(forward="forward P/E", trailing="trailing P/E", sales="EV/sales")
    )
    multiples: Mapping[str, str] = field(
        default_factory=lambda: _words(
            forward_pe="forward P/E", trailing_pe="trailing P/E", ev_to_sales="EV/sales"
        )
    )
    eps_bases: Mapping[str, str] = field(
        default_factory=lambda: _words(
            ntm="next twelve months", fy2="next fiscal year alone", vendor="a vendor's own forward figure"
        )
    )
    flow_classes: Mapping[str, str] = field(
        default_factory=lambda: _words(
            commercial="commercial", financing="financing", contingent="contingent", none="not a flow"
        )
    )
    says_topics: Mapping[str, str] = field(
        default_factory=lambda: _words(
            beneficiaries="Pricing power.",
            compression="Multiple.",
            circular="Circular capital.",
            payers="Capital spending.",
        )
    )
    said_topics: Mapping[str, str] = field(
        default_factory=lambda: _words(
            price_cut="price cut",
            price_rise="price rise",
            sold_out="sold out",
            lta="long-term agreement",
            second_source="second source",
            share_loss="loss of share",
        )
    )
    channels: Mapping[str, str] = field(
        default_factory=lambda: _words(network="own deals", segment="exposure of the segment")
    )
    finding_rules: Mapping[str, str] = field(
        default_factory=lambda: _words(
            half_applied_split="half-applied split",
            single_day_glitch="single-day glitch",
            level_shift="level shift",
            unconfirmed_jump="unconfirmed jump",
            stale_tail="stale tail",
            mixed_adjustment="mixed adjustment",
            zero_volume="zero-volume placeholder",
            currency_change="currency",
            minor_unit="minor unit",
            eps_sign_flip="EPS sign flip",
            estimate_currency="estimate without currency",
            revenue_jump="revenue jump",
            eps_sign="EPS against net income",
            eps_mismatch="EPS against net income",
            share_scale="scale of share count",
            share_count="share count",
            market_value="market value",
            late_statements="late statements",
        )
    )
    watch_groups: Mapping[str, str] = field(
        default_factory=lambda: _words(
            four_lines="The four lines of 29 April",
            aws_conditions="Three conditions for a platform premium at AWS",
            site_power="Sites and power",
            aws_core="AWS growth, AI contracts, own chips",
        )
    )
    watch_states: Mapping[str, str] = field(
        default_factory=lambda: _words(
            supportive="supportive", mixed="mixed", adverse="adverse", no_data="no data"
        )
    )
