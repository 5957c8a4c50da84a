"""What the models need from the market, and what the valuation models return."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = [
    "DECOMPOSITION", "FORECAST", "HORIZONS_WEEKS", "MULTIPLES", "MULTIPLE_PANEL", "PANEL", "PANEL_FIT", "QUARTERS",
    "WARRANTED",
]  # fmt: skip

_S, _F, _D, _B, _I = pl.String, pl.Float64, pl.Date, pl.Boolean, pl.Int64

HORIZONS_WEEKS = (4, 13, 26, 52)

PANEL = Table(
    "PANEL",
    "One row per listed company: what was known on as_of, prices and estimates in the price's currency.",
    (
        column("ticker", _S, "Company.", required=True),
        column("currency", _S, "ISO currency of the price (minor units already normalised)."),
        column("financial_currency", _S, "ISO currency of the statements."),
        column("price", _F, "Last close known on as_of, on the share basis of as_of.", unit="currency"),
        column("price_date", _D, "Day of that close."),
        column("price_age_days", _I, "as_of minus price_date.", unit="days"),
        column("shares", _F, "Shares outstanding.", unit="shares"),
        column("market_cap_usd", _F, "Price times shares.", unit="USD"),
        column("eps_forward", _F, "Expected EPS on eps_forward_basis, converted to the price's currency.", unit="currency"),
        column("eps_forward_basis", _S, "ntm: omega*FY1+(1-omega)*FY2; fy2: the +1y fiscal year alone; vendor: a vendor's own unlabelled forward EPS.",
               allowed=("ntm", "fy2", "vendor")),
        column("eps_forward_known_at", _D, "Day the estimate became known."),
        column("forward_pe", _F, "price / eps_forward; null when eps_forward <= 0 or eps/price < 0.5%.", unit="times"),
        column("eps_ttm", _F, "Sum of the last four reported quarters' diluted EPS, stated gains stripped, price's currency.", unit="currency"),
        column("eps_ttm_reported", _F, "The same before stripping.", unit="currency"),
        column("eps_ttm_known_at", _D, "Day the newest of the four quarters became known."),
        column("trailing_pe", _F, "price / eps_ttm, null as forward_pe.", unit="times"),
        column("revenue_ttm_usd", _F, "Last four quarters' revenue.", unit="USD"),
        column("revenue_forward_usd", _F, "Expected revenue on the estimate's basis.", unit="USD"),
        column("ev_usd", _F, "Market cap plus debt minus cash.", unit="USD"),
        column("ev_to_sales", _F, "ev_usd / revenue_forward_usd, else / revenue_ttm_usd.", unit="times"),
        column("eps_growth", _F, "Expected growth of EPS, next fiscal year on the current one; null without both or when the base is <= 0.", unit="fraction"),
        column("revenue_growth_forward", _F, "Expected growth of revenue, next fiscal year on the current one, else on the trailing year, annualised.", unit="fraction"),
        column("revenue_growth", _F, "Last quarter's revenue on the same quarter a year before.", unit="fraction"),
        column("gross_margin", _F, "Gross profit / revenue over four quarters.", unit="fraction"),
        column("operating_margin", _F, "Operating income / revenue over four quarters.", unit="fraction"),
        column("return_on_equity", _F, "Net income over four quarters / equity; null when equity <= 0.", unit="fraction"),
        column("debt_usd", _F, "Total debt.", unit="USD"),
        column("cash_usd", _F, "Cash and equivalents.", unit="USD"),
        column("equity_usd", _F, "Book equity.", unit="USD"),
        column("operating_income_ttm_usd", _F, "Four quarters.", unit="USD"),
        column("ocf_ttm_usd", _F, "Operating cash flow, four quarters.", unit="USD"),
        column("capex_ttm_usd", _F, "Capital spending (positive), four quarters.", unit="USD"),
        column("depreciation_ttm_usd", _F, "Depreciation and amortisation, four quarters.", unit="USD"),
        column("volatility", _F, "Standard deviation of weekly log returns over 52 weeks, annualised.", unit="fraction"),
        column("beta", _F, "Slope of weekly log returns on the equal-weighted theme in US dollars over 52 weeks.", unit="times"),
        column("eps_peak_ratio", _F, "eps_ttm / median of the rolling four-quarter EPS over the history; the cyclical guard.", unit="times"),
        column("forward_history_weeks", _I, "Weeks of forward-multiple history.", unit="weeks"),
        column("trailing_history_weeks", _I, "Weeks of trailing-multiple history.", unit="weeks"),
        column("statement_known_at", _D, "Day the newest statement used became known."),
        column("monthly_revenue_usd", _F, "Revenue of the newest month published, US dollars of as_of; Taiwan only.", unit="USD"),
        column("monthly_revenue_end", _D, "Last day of that month."),
        column("monthly_revenue_known_at", _D, "Day it became known."),
        column("monthly_revenue_yoy", _F, "That month on the same month a year before; the Lunar New Year distorts January and February.", unit="fraction"),
        column("monthly_revenue_momentum_3m", _F, "Last three months on the same months a year before.", unit="fraction"),
        column("monthly_revenue_acceleration", _F, "monthly_revenue_momentum_3m minus that of the three months before.", unit="fraction"),
        column("source", _S, "Source ids of what was used, joined by +."),
        column("reason", _S, "Why price-based figures are missing."),
    ),
    key=("ticker",),
)  # fmt: skip

MULTIPLES = Table(
    "MULTIPLES",
    "Weekly history of multiples on dates as_of - 7k days; each row only from what was known on its date.",
    (
        column("ticker", _S, "Company.", required=True),
        column("date", _D, "Week.", required=True),
        column("basis", _S, "What the price is divided by.", required=True, allowed=("forward", "trailing", "sales")),
        column("price", _F, "Last close on or before date, on the share basis of as_of.", unit="currency", required=True),
        column("denominator", _F, "EPS (or sales per share) known on date, same currency and share basis.", unit="currency"),
        column("period_end", _D, "Fiscal year the forward EPS is about; the same period is compared with itself."),
        column("log_multiple", _F, "ln(price / denominator); null when the multiple is not defined.", unit="log"),
        column("estimate_source", _S, "Source of the denominator; two sources never form one series.", required=True),
        column("reason", _S, "Why log_multiple is null."),
    ),
    key=("ticker", "date", "basis"),
)  # fmt: skip

MULTIPLE_PANEL = Table(
    "MULTIPLE_PANEL",
    "Trailing multiples with what explains them, on dates as_of - 7k days; each row only from what was known on its date.",
    (
        column("ticker", _S, "Company.", required=True),
        column("date", _D, "Week.", required=True),
        column("log_multiple", _F, "ln(price / trailing EPS), as in MULTIPLES.", unit="log", required=True),
        column("growth", _F, "Log change of the trailing year's revenue known then on the one known 52 weeks before.", unit="log"),
        column("operating_margin", _F, "Operating income / revenue over the trailing year known then.", unit="fraction"),
        column("risk", _F, "Standard deviation of weekly log returns over the 52 weeks before, annualised.", unit="fraction"),
        column("leverage", _F, "Debt / book equity known then, at most 3; null when equity <= 0.", unit="fraction"),
        column("size", _F, "ln of the trailing year's revenue known then. Not of market value: the price stands on the left side.", unit="log USD"),
        column("source", _S, "Source of the EPS; two sources never form one series.", required=True),
    ),
    key=("ticker", "date"),
)  # fmt: skip

QUARTERS = Table(
    "QUARTERS",
    "Reported quarters as known on as_of (newest vintage known then), in the reporting currency.",
    (
        column("ticker", _S, "Company.", required=True),
        column("period_end", _D, "Last day of the quarter.", required=True),
        column("currency", _S, "ISO reporting currency.", required=True),
        column("known_at", _D, "Day the newest used value became known.", required=True),
        *(
            column(name, _F, meaning, unit="currency")
            for name, meaning in (
                ("revenue", "Revenue."),
                ("gross_profit", "Gross profit."),
                ("operating_income", "Operating income."),
                ("net_income", "Net income."),
                ("operating_cash_flow", "Operating cash flow."),
                ("capex", "Capital spending, positive."),
                ("depreciation_amortization", "Depreciation and amortisation."),
                ("cash", "Cash at the end of the quarter."),
                ("total_debt", "Debt at the end of the quarter."),
                ("equity", "Book equity at the end of the quarter."),
                ("rpo", "Remaining performance obligations at the end of the quarter."),
                ("receivables", "Receivables at the end of the quarter."),
                ("payables", "Payables at the end of the quarter."),
                (
                    "deferred_revenue_current",
                    "Contract liabilities (deferred revenue), current part, at the end of the quarter.",
                ),
            )
        ),
        column("eps_diluted", _F, "Diluted EPS on the share basis of as_of.", unit="currency per share"),
        column("source", _S, "Source ids joined by +.", required=True),
    ),
    key=("ticker", "period_end"),
)

DECOMPOSITION = Table(
    "DECOMPOSITION",
    "dln P = dln(multiple) + dln(EPS) over a horizon, with its label.",
    (
        column("ticker", _S, "Company.", required=True),
        column("basis", _S, "forward, trailing or sales.", required=True),
        column("horizon_weeks", _I, "4, 13, 26 or 52.", required=True),
        column("start", _D, "First date."),
        column("end", _D, "Last date."),
        column("dln_price", _F, "Change of the log price.", unit="log"),
        column("dln_multiple", _F, "Change of the log multiple.", unit="log"),
        column("dln_denominator", _F, "Change of log EPS (or sales per share).", unit="log"),
        column("label", _S, "compression: multiple down, EPS not; de-rating with cuts: both down; growth into multiple: multiple down while EPS grew and the price did not fall; re-rating: multiple up; flat: neither moved.",
               allowed=("compression", "de-rating with cuts", "growth into multiple", "re-rating", "flat")),
        column("reason", _S, "Why the row is null."),
    ),
    key=("ticker", "basis", "horizon_weeks"),
)  # fmt: skip

WARRANTED = Table(
    "WARRANTED",
    "Multiple that the robust cross-section gives for a company's growth, profitability and risk.",
    (
        column("ticker", _S, "Company.", required=True),
        column("multiple_used", _S, "forward_pe, trailing_pe or ev_to_sales.", allowed=("forward_pe", "trailing_pe", "ev_to_sales")),
        column("multiple", _F, "Actual multiple.", unit="times"),
        column("warranted", _F, "Fitted multiple.", unit="times"),
        column("low", _F, "Lower end of the band that holds the middle half of the names.", unit="times"),
        column("high", _F, "Upper end of the band.", unit="times"),
        column("band_basis", _S, "quantiles: lines of the 25% and 75% quantile; scale: 0.67 robust residual scales, where names are few.",
               allowed=("quantiles", "scale")),
        column("residual", _F, "u = ln(actual) - ln(fitted): premium over warranted.", unit="log"),
        column("ranked_residual", _F, "The premium as it is ranked: at the spread of the forward P/E's cross-section; null when not ranked.", unit="log"),
        column("residual_se", _F, "Standard error of the residual.", unit="log"),
        column("residual_scale", _F, "Robust standard deviation of the day's residuals.", unit="log"),
        column("n", _I, "Companies in the cross-section of the day."),
        column("dates", _I, "Dates that the coefficients are pooled over; 1 is the day's own cross-section."),
        column("is_cyclical_peak", _B, "True when the cyclical guard holds: earnings far above their own history.", required=True),
        column("guard", _S, "What the guard did, in words."),
        column("reason", _S, "Why there is no value."),
    ),
    key=("ticker",),
)  # fmt: skip

FORECAST = Table(
    "FORECAST",
    "Expected 12-month change of the log multiple and its distribution.",
    (
        column("ticker", _S, "Company.", required=True),
        column("basis", _S, "Basis of MULTIPLES that the forecast is about.", allowed=("forward", "trailing", "sales")),
        column("log_multiple", _F, "Log multiple on as_of, scenario included: where the forecast starts.", unit="log"),
        column("horizon_weeks", _I, "Weeks ahead.", unit="weeks"),
        column("expected_dln_multiple", _F, "E[dm] over the horizon.", unit="log"),
        column("standard_deviation", _F, "Predictive standard deviation.", unit="log"),
        column("degrees_of_freedom", _F, "Of the predictive Student-t; null when there is no distribution."),
        column("p_fall_10", _F, "P(multiple falls by more than 10%).", unit="fraction"),
        column("dln_multiple_low", _F, "5% quantile of the change over the horizon.", unit="log"),
        column("dln_multiple_high", _F, "95% quantile of the change over the horizon.", unit="log"),
        column("half_life_weeks", _F, "Half-life of the premium used; null when no reversion was found.", unit="weeks"),
        column("half_life_basis", _S, "own history (with the share that is pooled), pooled, or prior, with the reason."),
        column("history_weeks", _I, "Weeks of own trailing history behind the speed; under 104 it is short.", unit="weeks"),
        column(
            "implied_growth", _F, "Growth a reverse DCF needs for the multiple.", unit="fraction per year"
        ),
        column("pvgo_share", _F, "Share of the price that is growth opportunities.", unit="fraction"),
        column("reason", _S, "Why there is no value."),
    ),
    key=("ticker",),
)  # fmt: skip

PANEL_FIT = Table(
    "PANEL_FIT",
    "Coefficients of the panel regression of log trailing multiples, pooled over dates a quarter apart.",
    (
        column("effects", _S, "date: a level for each date (the warranted multiple). date_firm: a level for each company too (the history behind the speed of reversion).",
               required=True, allowed=("date", "date_firm")),
        column("term", _S, "Column of MULTIPLE_PANEL.", required=True),
        column("coefficient", _F, "Change of the log multiple for one unit of the term.", unit="log per unit", required=True),
        column("standard_error", _F, "Clustered by firm and date; null when it cannot be had.", unit="log per unit"),
        column("n", _I, "Observations.", required=True),
        column("firms", _I, "Companies.", required=True),
        column("dates", _I, "Dates.", required=True),
        column("first", _D, "First date.", required=True),
        column("scale", _F, "Robust standard deviation of the residuals.", unit="log", required=True),
        column("r_squared", _F, "Share of the variation around the date means that is explained.", unit="fraction", required=True),
    ),
    key=("effects", "term"),
)  # fmt: skip
