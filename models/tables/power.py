"""What pricing power and capex efficiency return."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from exposures.tables import TIERS

__all__ = ["EFFICIENCY", "EVIDENCE"]

_S, _F, _I, _D = pl.String, pl.Float64, pl.Int64, pl.Date

EVIDENCE = Table(
    "EVIDENCE",
    "Pricing power: the assigned tier beside what the statements and published margins say.",
    (
        column("ticker", _S, "Company.", required=True),
        column("segment", _S, "Primary supplier segment.", required=True),
        column("tier", _S, "Assigned tier in force.", allowed=TIERS),
        column("gross_margin_level", _F, "Median gross margin of up to 8 quarters.", unit="fraction"),
        column(
            "gross_margin_stability",
            _F,
            "1.4826 * MAD of the 4-quarter change of the gross margin.",
            unit="fraction",
        ),
        column(
            "gross_margin_change",
            _F,
            "Median gross margin of the last four quarters minus that of the four before (with fewer, last quarter minus four quarters before).",
            unit="fraction",
        ),
        column("incremental_margin", _F, "Theil-Sen slope of gross profit on revenue.", unit="fraction"),
        column(
            "pass_through_slope",
            _F,
            "Change of the gross margin for 1 more in 4-quarter log revenue growth, drawn towards the mean of all companies.",
            unit="fraction per log unit",
        ),
        column("revenue_growth", _F, "Last quarter on the same quarter a year before.", unit="fraction"),
        column("quarters", _I, "Quarters used."),
        column("published_margin", _S, "Published margins from MARGINS in words, with period and source."),
        column("evidence_score", _F, "Mean of the standardised evidence, high = power.", unit="score"),
        column("evidence_tier", _S, "Tier that the evidence alone suggests.", allowed=TIERS),
        column(
            "agreement",
            _S,
            "agrees, evidence is stronger, evidence is weaker, or no evidence.",
            required=True,
        ),
        column("verdict", _S, "One sentence with the figures.", required=True),
        column("source", _S, "Sources."),
    ),
    key=("ticker",),
)

EFFICIENCY = Table(
    "EFFICIENCY",
    "Payers: what their capital spending returns and how it is paid.",
    (
        column("ticker", _S, "Company.", required=True),
        column(
            "perimeter",
            _S,
            "group, or AWS over Amazon (the notes' proxy, AWS capex is not disclosed).",
            required=True,
        ),
        column("period", _S, "Period of the figures.", required=True),
        column("period_end", _D, "Last day of the period."),
        column("period_months", _I, "Its length: only periods of one length and season are compared."),
        column("revenue_bn_usd", _F, "Revenue.", unit="bn USD"),
        column("operating_income_bn_usd", _F, "Operating income.", unit="bn USD"),
        column("capex_bn_usd", _F, "Capital spending.", unit="bn USD"),
        column("ocf_bn_usd", _F, "Operating cash flow.", unit="bn USD"),
        column("fcf_bn_usd", _F, "Free cash flow.", unit="bn USD"),
        column("operating_income_per_capex", _F, "OI / capex.", unit="times"),
        column("capex_to_revenue", _F, "Capex / revenue.", unit="fraction"),
        column("capex_to_ocf", _F, "Capex / operating cash flow; null when OCF <= 0.", unit="fraction"),
        column("fcf_margin", _F, "FCF / revenue.", unit="fraction"),
        column("debt_to_equity", _F, "Debt / equity; null when equity <= 0.", unit="fraction"),
        column("rpo_bn_usd", _F, "Remaining performance obligations or backlog.", unit="bn USD"),
        column("rpo_cover", _F, "RPO / next-12-month revenue.", unit="times"),
        column("lab_share_of_rpo", _F, "Share of RPO owed by the labs.", unit="fraction"),
        column("source", _S, "Sources.", required=True),
        column("caveat", _S, "What the reader must know."),
        column("reason", _S, "What is missing and why."),
    ),
    key=("ticker", "perimeter", "period"),
)
