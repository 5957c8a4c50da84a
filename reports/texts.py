"""Every text of a report, in one place: a translation is one more `Texts` with other words.

Words in braces are filled in by the section that prints the text. Names, reasons, verdicts and
readings come from the data and stay as they are.
"""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

from reports.capex_texts import CapexTexts
from reports.claims_texts import ClaimsTexts
from reports.compression_texts import CompressionTexts
from reports.explain_texts import ExplainTexts
from reports.first_look_texts import FirstLookTexts
from reports.funding_stop_texts import FundingStopTexts
from reports.loop_network_texts import LoopNetworkTexts
from reports.power_texts import PowerTexts
from reports.ranking_texts import RankingTexts
from reports.record_texts import RecordTexts
from reports.scenario_texts import ScenarioTexts

__all__ = ["ENGLISH", "Texts"]


@dataclass(frozen=True)
class Texts(
    ClaimsTexts,
    PowerTexts,
    CapexTexts,
    FirstLookTexts,
    RankingTexts,
    LoopNetworkTexts,
    FundingStopTexts,
    ExplainTexts,
    ScenarioTexts,
    RecordTexts,
    CompressionTexts,
):
    """The words of one language; the defaults are English."""

    # Words that several sections share.
    label_line: str = "Label: {label}."
    outside_tier: str = "outside ({role})"
    no_tier: str = "not assigned"
    yes: str = "yes"
    no: str = "no"
    and_more: str = "{names} and {count} more"
    list_and: str = "{first} and {last}"
    tie: str = "={rank}"
    low_base_high: str = "{low} / {base} / {high}"
    rest_rows: str = "More rows: {count}"

    # Title and banner.
    title: str = "{theme}: screen of {as_of}"
    title_simulated: str = "SIMULATED: {theme}, screen of {as_of}"
    title_scenario: str = '{title} under the scenario "{name}"'
    scenario_line: str = "A SCENARIO, NOT HISTORY."
    scenario_detail: str = (
        'This run changes inputs as the scenario "{name}" ({key}) says. Ranks, multiples and flows are what the screen'
        " would say if it came true; compare them with the run without a scenario."
    )
    weights_line: str = "CUSTOM WEIGHTS."
    weights_detail: str = (
        "This run ranks with {weights} in place of the theme's own weights, scaled back to 1."
    )
    simulated_line: str = "SIMULATED DATA, NOT A MARKET."
    simulated_detail: str = (
        "Prices, estimates and statements in this report come from a seeded generator. Rankings, multiples and"
        " margins drawn from them say nothing about any real company. Deals, published figures and their"
        " sources are real. In the rankings the label simulated stands"
        " in place of fact; elsewhere the labels say what a figure would be if the market data were real."
    )
    run_lines: tuple[tuple[str, str], ...] = (
        ("As of", "{as_of}: no price, estimate, filing, deal or figure that became known later enters; the map of segments is today's. Facts of the theme were last reviewed on {curated_at}."),
        ("Market data", "{source_label} ({source})."),
        ("Coverage", "{coverage}"),
        ("Run", "{run_id}, version {version}, method {method_version}, seed {seed}, {scenario}."),
    )  # fmt: skip
    simulated_kind: str = "simulated"
    scenario_none: str = "no scenario"
    scenario_named: str = "scenario {name} ({key})"
    label_legend: str = (
        "Labels: fact is reported, traded or signed; estimate is a forecast or a statistical result; inference"
        " is a judgement of ours or of the research notes. A dash means unknown, never zero."
    )

    # What the screen says.
    says_heading: str = "What the screen says"
    says_beneficiaries: str = "First among the beneficiaries: {names}{taiwan}{squeezed}."
    says_taiwan: str = "; among the Taiwanese names {name} stands first (rank {rank} of all)"
    says_squeezed: str = "; squeezed at the end of the ranking: {names}"
    says_figure: str = "{label} {value}"
    says_compression: str = "Compression risk is highest at {names}; {fallen}."
    says_fallen: str = "already down although earnings held: {names}"
    says_none_fallen: str = "no multiple has yet fallen by 10% while earnings held"
    says_circular: str = "{lead}: {names}. {loops}.{finn}"
    says_finn: str = " In the strict sense, money that passes a party twice (Finn index), {first} of all flows go round {case}{others}."
    says_finn_other: str = ", {share} {case}"
    says_lead_markets: str = (
        "The dependence is more on customers' outside money than on own financing; first in the ranking"
    )
    says_lead_dependent: str = "Most dependent on circular or outside capital"
    says_loop_ledger: str = (
        "The largest loop that closes on the ledger alone is {path}, {amount} bn USD a year over {year}"
    )
    says_loop_none: str = "No loop closes on the ledger alone over {year}"
    says_loop_other: str = "; with assumptions the largest is {path}, {amount} bn USD a year"
    says_loop_same: str = " ({amount} bn USD with assumptions)"
    says_no_loops: str = "No closed loop was found over {year}"
    says_payers: str = "Capital spending weighs most on {names}."
    says_payer_ocf: str = "capex {share} of operating cash flow"
    says_unranked: str = "No name could be ranked; {count} are listed below with the reason."
    says_absent: str = "This screen was not part of the run."
    says_name: str = "{name} ({figures})"
    says_pe_change: str = "{name} ({basis} {change} in {weeks} weeks, {denominator} {eps})"
    says_premium: str = "{premium} against the warranted multiple"
    says_fall: str = "P(fall > 10%) {probability}"
    says_own: str = "{share} of revenue from its own financing"
    says_markets: str = "{share} from customers' outside funding"

    # Rankings.
    rankings_heading: str = "Rankings"
    rank_one: str = "Rank 1 means: {meaning}."
    ranked_rest: str = "Lower ranks: {count}"
    ranked_none: str = "No name of this screen could be ranked in this run."
    moved: str = "{label} {value} ({points}, {kind})"
    taiwan_heading: str = "Taiwan among the beneficiaries"
    taiwan_headers: tuple[str, ...] = (
        "Rank in Taiwan",
        "Rank of all",
        "Name",
        "Ticker",
        "Segment",
        "Tier",
        "Score",
    )
    left_out: str = "Left out for all: {components}."
    left_out_one: str = "{component} ({reason})"
    payers_ranked: str = "{ranked} of {count} payers could be ranked."
    taiwan_ranked: str = "{ranked} of {count} Taiwanese names are ranked."
    taiwan_none: str = "No Taiwanese name could be ranked."
    unranked_summary: str = "Unranked, each with its reason: {count}"
    unranked_headers: tuple[str, ...] = ("Missing inputs, or the reason", "Coverage", "Names", "Which")
    unranked_name: str = "{name} ({ticker})"
    unranked_rule: str = "Where inputs are listed, the reason is: {rule}; listed are those that are missing."
    missing_headers: tuple[str, ...] = ("Component", "Reason", "Names")
    parts_summary: str = "Points of every component: 50 plus the row gives the score"
    parts_headers: tuple[str, ...] = ("Name", "Start")
    parts_score: str = "Score"

    # Tiers.
    tiers_heading: str = "Tiers against evidence"
    tiers_intro: str = (
        "A tier says how much pricing power a segment or a company has; it is assigned by hand, with its reason and source."
        " The evidence is what statements and published margins say. Names with * carry a tier of their own."
    )
    tiers_headers: tuple[str, ...] = ("Tier", "Segment", "Companies", "Sources")
    tiers_outside: str = (
        "Outside the tiers, since they buy or use the hardware: payers are {payers}; users are {users}."
    )
    tiers_nobody: str = "nobody"
    divergence_heading: str = "Growth against margin, by tier"
    divergence_intro: str = (
        "Medians, each over the names that have the figure, published margins included: revenue may grow everywhere"
        " while margins part ways. The gross margin is that of the names with a margin change."
    )
    divergence_headers: tuple[str, ...] = (
        "Tier",
        "Names with growth",
        "Revenue growth",
        "Names with margin change",
        "Gross margin",
        "Margin change on four quarters before",
    )
    disagree_heading: str = "Where the evidence disagrees"
    disagree_headers: tuple[str, ...] = ("Name", "Ticker", "Assigned", "Evidence says", "Verdict")
    disagree_none: str = "The evidence contradicts no assigned tier."
    disagree_counts: str = "The evidence agrees with {agrees} assigned tiers, is stronger for {stronger}, weaker for {weaker}, and is missing for {missing}."
    overrides_heading: str = "Companies with a tier of their own"
    overrides_headers: tuple[str, ...] = (
        "Name",
        "Segment",
        "Default",
        "In force",
        "Reason",
        "Published margins",
        "Since",
        "Expires",
    )
    overrides_none: str = "No company carries a tier of its own."
    overrides_expired: str = "Expired, so the default of the segment holds again: {names}."
    said_summary: str = "What companies said about prices and capacity: {count}"
    said_headers: tuple[str, ...] = ("Date", "Company", "Topic", "Said", "How", "Label")

    # Compression.
    compression_heading: str = "Compression in detail"
    compression_intro: str = (
        "A change of price is a change of the multiple times a change of the EPS that the market pays for. Shown are the"
        " names at the top of the compression screen, over the longest horizon up to 26 weeks. Re-rating: the multiple rose by 11% or more, what undoes a fall of 10%; flat: it moved by less."
    )
    decomposition_headers: tuple[str, ...] = (
        "Name",
        "Multiple used",
        "Weeks",
        "Price",
        "Multiple",
        "EPS or sales",
        "What happened",
        "Label",
    )
    fallen_heading: str = "Multiples that fell although earnings held"
    fallen_intro: str = (
        "Over the longest horizon up to 26 weeks the multiple fell by 10% or more while EPS fell by 1% at most: "
        "compression when the price fell too, growth into the multiple when it did not."
    )
    fallen_none: str = "No multiple fell by 10% or more while EPS held."
    decomposition_heading: str = "Names at the top of the compression screen"
    decomposition_all: str = "All horizons of these names"
    compression_none: str = "No multiple could be compared in this run."
    guard_line: str = "Earnings far above their own history, so a low multiple is not read as cheap: {names}."
    guard_name: str = "{name} ({guard})"
    cyclical: str = "cyclical peak"

    # Circular capital.
    circular_heading: str = "Loops with amounts"
    circular_intro: str = (
        "A loop is a closed path of money with at least one financing and one commercial edge. Amounts are mean yearly flows of {year}"
        " in bn USD, from the ledger of deals; {assumed} marks an amount or a term that is ours. Loops share edges: amounts are the smallest edge on the way and do not add up."
    )
    finn: str = "Share of all flows that passes through a node it has passed before (Finn index): {values}."
    diagram_intro: str = (
        "Solid arrows are purchases, dashed arrows are financing; drawn are the largest loops ({count})."
    )
    diagram_edge: str = "{amount} bn"
    diagram_assumed: str = "(assumed)"
    diagram_partly_assumed: str = "(partly assumed)"
    loop_headers: tuple[str, ...] = (
        "Loop", "Path", "Ledger alone, bn USD", "With assumptions, bn USD", "Owed, bn USD", "Chance that a dollar goes round", "Label")  # fmt: skip
    loop_rest: str = "Smaller loops: {loops}, in {count} rows"
    loop_rest_intro: str = (
        "One row holds all loops that start from the same financing edge and have the same smallest edge; the path is"
        " that of the likeliest one. The command screen loops lists each."
    )
    loop_variants: str = "Loops in the row"
    loop_none: str = "No closed loop with a financing and a commercial edge was found."
    loop_flows: str = "The flows that the loops are made of, with their sources: {count}"
    loop_flow_headers: tuple[str, ...] = (
        "Flow", "Payer", "Payee", "Kind", "Class", "Low / base / high, bn USD", "Status", "Label")  # fmt: skip
    contingent_totals: str = "Guarantees and backstops given, at most, in bn USD: {names}."
    contingent_total: str = "{name} {amount}"
    attribution_heading: str = "Where revenue comes from"
    attribution_intro: str = (
        "Shares of yearly revenue, with the mean yearly flows of {year}; they add up to all of it."
        " Revenue is the newest published run-rate or guidance while flows are means of the window, so a contract that ramps"
        " up weighs more here than it will. For suppliers the capital-loop screen adds the stated exposure beyond their own"
        " deals, at the payers' average, so its share can be higher than this table's."
    )
    attribution_headers: tuple[str, ...] = (
        "Name", "Case", "Revenue, bn USD", "Own financing", "Own purchases", "Capital markets", "External", "Contingent, bn USD", "Label")  # fmt: skip
    attribution_none: str = "No revenue could be attributed."
    attribution_missing: str = "Without shares, each with its reason: {count}"
    accounts_heading: str = "How much outside money enters"
    accounts_headers: tuple[str, ...] = (
        "Name", "Revenue", "From third parties", "Outside debt", "Outside equity", "Commitments without known funding", "Paid to others", "Cycling", "Origin of the revenue", "Label")  # fmt: skip
    accounts_ledger: str = "The same on the ledger alone"
    accounts_simulated: str = "simulated: {origin}"
    accounts_unit: str = "Amounts in bn USD a year, mean of {year}, {case}."
    accounts_plug: str = "Commitments without known funding close an account: what a party has promised to pay beyond every known inflow. Network only: no revenue of the company is known."
    coverage_heading: str = "Commitment coverage of the labs"
    coverage_intro: str = (
        "In bn USD a year; a span of years is their mean. Revenue stands as it is and funding counts in the year in which it is raised, so later"
        " years show what must still be found. Funding is what is known: outside debt, outside equity and financing received from other"
        " nodes. Coverage is revenue over what is paid to others, then revenue and funding over it; below 1 the rest has no known"
        " source. Other costs of the labs are not in the ledger and come on top."
    )
    coverage_headers: tuple[str, ...] = (
        "Lab", "Case", "Period", "Revenue", "Known funding", "Paid to others", "Coverage by revenue", "Coverage with funding", "Label")  # fmt: skip
    contingent_heading: str = "Contingent claims"
    contingent_headers: tuple[str, ...] = (
        "Guarantor or issuer",
        "Receiver",
        "Kind",
        "Low / base / high, bn USD",
        "Status",
        "Note",
        "Label",
    )
    contingent_rule: str = "No claim is summed: it is no flow until it is called."
    contingent_none: str = "No guarantee, backstop or warrant is in the ledger."
    risk_heading: str = (
        "Revenue at risk at a cut of {cut} by channel, with and without assumptions: {count} names"
    )
    risk_headers: tuple[str, ...] = (
        "Name",
        "Channel",
        "Ledger alone",
        "With assumptions",
        "Take-or-pay shortfall, bn USD",
        "Label",
    )
    risk_none: str = "No revenue at risk could be computed."

    # Payers.
    payers_heading: str = "Payers: what the spending returns"
    payers_headers: tuple[str, ...] = (
        "Name", "Perimeter", "Period", "OI / capex", "Capex / revenue", "Capex / OCF", "FCF margin", "Debt / equity", "Backlog, bn USD",
        "Backlog cover", "Owed by labs, as published")  # fmt: skip
    payers_none: str = "No payer has figures in this run."
    caveats: str = "Read with care:"
    caveat: str = "{name}, {perimeter}, {period}: {caveat}"
    caveats_rest: str = "Notes on the figures of groups"
    payers_missing: str = "Without figures, each with its reason: {count}"
    payers_missing_headers: tuple[str, ...] = ("Name", "Perimeter", "Reason")
    replaced_summary: str = "Figures that newer ones replace: {count}; both stand, the newer one counts"
    replaced_headers: tuple[str, ...] = ("Subject", "Measure", "Older", "Newer", "Label")
    figure: str = "{value} ({period})"

    # Watch lines, events, gaps, assumptions.
    watch_heading: str = "Watch lines"
    watch_headers: tuple[str, ...] = ("Line", "Company", "Status", "Reading", "Filled", "Date", "Label")
    watch_all_needed: str = "The premium needs all of them; {supportive} of {count} are supportive."
    watch_manual: str = "by hand"
    watch_feed: str = "from data"
    watch_intro: str = "What the research notes say to watch, with the newest reading; supportive and adverse are meant for the company named."
    watch_none: str = "The theme has no watch lines."
    events_heading: str = "Events ahead"
    events_intro: str = "Dates that can change a figure above, the nearest first; about marks a day that is expected and not announced."
    events_none: str = "No dated event lies ahead in the theme."
    events_headers: tuple[str, ...] = ("Date", "Company", "Event", "Certainty", "Label")
    recent_heading: str = "Catalysts of the last {days} days"
    recent_none: str = "No dated event fell into the last {days} days."
    gaps_heading: str = "Data gaps"
    gaps_none: str = "Nothing is missing."
    gaps_intro: str = "Missing values are left out, never filled with zero: {counts}."
    gaps_count: str = "{dataset} {count}"
    gaps_details: str = "Every kind of gap, with the names"
    gaps_headers: tuple[str, ...] = ("Data", "What is wrong", "What the run did", "Names", "Age", "Which")
    findings_intro: str = (
        "Faults that the checks of the delivered data found: {actions}. Repaired is mended for certain, excluded"
        " is not used, flagged is used as delivered."
    )
    findings_action: str = "{count} {action}"
    findings_details: str = "Every kind of fault, with the names"
    findings_headers: tuple[str, ...] = (
        "Rule", "Data", "What is wrong", "What the run did", "Faults", "Days", "Which")  # fmt: skip
    assumptions_heading: str = "Assumptions"
    assumptions_intro: str = (
        "Our own numbers where the ledger has no amount or term. Results stand with and without them."
    )
    assumptions_none: str = "No assumption enters."
    assumptions_headers: tuple[str, ...] = (
        "Id",
        "Completes",
        "Flow",
        "Field",
        "Low / base / high, bn",
        "Term",
        "Reasoning",
    )
    assumptions_rest: str = "More assumptions: {count}"
    term: str = "{start} to {end}"

    # Method, sources, disclaimer.
    method_heading: str = "Method in short"
    method_lines: tuple[str, ...] = (
        "Inputs known on the date are joined; a later filing, price or estimate never enters.",
        "Each component becomes a robust z-score across the names of the screen, signed so that high moves towards rank 1"
        " and clipped at 3; the score is 50 plus the sum of the contributions.",
        "A missing component is left out and the other weights grow in proportion; a name below the required coverage is unranked.",
        "Intervals come from draws of weights and inputs with seed {seed}; the method is {method_version}.",
        "Multiples are split into price and EPS; the warranted multiple is a robust cross-section on growth, profitability and risk.",
        "The ledger becomes mean yearly flows of {year}: a round raised in one year pays for purchases of the next ones; commercial and financing flows are separate and contingent claims stand apart.",
        "What a node pays beyond every known inflow stands as commitments without known funding, a plug that closes its account.",
        "The shock cuts the labs' outside funding by {cut}; {scenario} was applied.",
    )  # fmt: skip
    method_headers: tuple[str, ...] = ("Component", "Weight", "Towards rank 1", "Meaning")
    method_high: str = "high"
    method_low: str = "low"
    method_screen: str = "{title}: weights"
    sources_heading: str = "Sources"
    sources_intro: str = "Each cited key with its address and day of publication. Prices, estimates and statements: {source_label}."
    sources_none: str = "No source of the theme is cited."
    source_market: str = "{key}, market data of this run: {source_label}"
    source_assumption: str = "{key}, an assumption of ours: see the table of assumptions"
    source_unlisted: str = "{key} (no address in the theme's table of sources)"
    disclaimer_heading: str = "Disclaimer"
    disclaimer: str = (
        "For research and information only. Not investment advice, no offer and no solicitation. Figures come from the"
        " sources named and may be wrong, late or incomplete; rankings rest on judgements stated above."
    )
    disclaimer_simulated: str = (
        "The market data of this report are simulated; nothing in it describes a real price or result."
    )


ENGLISH = Texts()
