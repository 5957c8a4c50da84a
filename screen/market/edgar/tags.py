"""Which tags of a filing state which item: preference lists, each with its reason.

A filing states an item with one tag, its *main* tag: the first of `ItemTags.tags` among those that the filing
uses for its newest period. Companies change that tag over the years (NVIDIA's capex in 2020, revenue of most
companies with ASC 606 in 2018), so rows of every main tag have tag_rank 0 and form one series, in which the
newest filing counts. Every other tag, and every *narrow* one (near the item, but more or less than it),
serves only for periods that no main tag states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BALANCE_SHEET", "DEBT_PARTS", "ITEM_TAGS", "ItemTags", "Kind"]

Kind = Literal["flow", "per_share", "average_shares", "stock", "share_count"]
"""flow: money over a period, additive. per_share and average_shares: over a period, not additive. stock and
share_count: on a day."""

BALANCE_SHEET = "balance_sheet"
"""Not an item: marks the days whose whole balance sheet a filing states."""


@dataclass(frozen=True)
class ItemTags:
    """The tags of one item.

    Parameters
    ----------
    item
        Item of STATEMENTS.
    kind
        What its values are; decides the unit that is accepted.
    tags
        Tags that state the item, the preferred first. us-gaap, dei and ifrs-full share one list: no name
        means two things among them.
    narrow
        Tags that are near the item but not it; they serve where nothing else does.
    reason
        Why this order.
    """

    item: str
    kind: Kind
    tags: tuple[str, ...]
    narrow: tuple[str, ...] = ()
    reason: str = ""


ITEM_TAGS = (
    ItemTags(
        "revenue",
        "flow",
        (
            "Revenues", "RevenueFromContractWithCustomerExcludingAssessedTax", "SalesRevenueNet",
            "RevenueFromContractWithCustomerIncludingAssessedTax", "RegulatedAndUnregulatedOperatingRevenue",
            "RealEstateRevenueNet", "Revenue",
        ),
        ("SalesRevenueGoodsNet", "SalesRevenueServicesNet", "RevenueFromContractsWithCustomers"),
        "Revenues is the total with leases and other income; contract revenue may be a part of it in the "
        "same filing. SalesRevenueNet ended with ASC 606 in 2018.",
    ),
    ItemTags(
        "cost_of_revenue",
        "flow",
        ("CostOfRevenue", "CostOfGoodsAndServicesSold", "CostOfGoodsSold", "CostOfSales"),
        ("CostOfServices", "CostOfGoodsAndServiceExcludingDepreciationDepletionAndAmortization"),
        "CostOfRevenue is the statement's total; costs without depreciation would overstate the margin.",
    ),
    ItemTags("gross_profit", "flow", ("GrossProfit",), reason="One tag in both taxonomies."),
    ItemTags(
        "operating_income",
        "flow",
        ("OperatingIncomeLoss", "ProfitLossFromOperatingActivities"),
        reason="One tag a taxonomy.",
    ),
    ItemTags(
        "net_income",
        "flow",
        ("NetIncomeLoss", "ProfitLossAttributableToOwnersOfParent"),
        ("NetIncomeLossAvailableToCommonStockholdersBasic", "ProfitLoss"),
        "Of the parent's owners; ProfitLoss has the minorities' share in it.",
    ),
    ItemTags(
        "eps_diluted",
        "per_share",
        ("EarningsPerShareDiluted", "EarningsPerShareBasicAndDiluted", "DilutedEarningsLossPerShare"),
        ("IncomeLossFromContinuingOperationsPerDilutedShare",),
        "In a loss basic and diluted are one figure; continuing operations leave a part out.",
    ),
    ItemTags(
        "shares_diluted",
        "average_shares",
        (
            "WeightedAverageNumberOfDilutedSharesOutstanding",
            "WeightedAverageNumberOfShareOutstandingBasicAndDiluted", "AdjustedWeightedAverageShares",
        ),
        reason="As for EPS.",
    ),
    ItemTags(
        "operating_cash_flow",
        "flow",
        ("NetCashProvidedByUsedInOperatingActivities", "CashFlowsFromUsedInOperatingActivities"),
        ("NetCashProvidedByUsedInOperatingActivitiesContinuingOperations",),
        "The statement's total.",
    ),
    ItemTags(
        "capex",
        "flow",
        (
            "PaymentsToAcquirePropertyPlantAndEquipment", "PaymentsToAcquireProductiveAssets",
            "PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities",
        ),
        ("PaymentsToAcquireOtherProductiveAssets", "PaymentsToAcquireMachineryAndEquipment",
         "PaymentsForCapitalImprovements"),
        "A company uses one of them for the line; NVIDIA moved from the first to the second in 2020, Apple "
        "from the second to the first in 2014.",
    ),
    ItemTags(
        "depreciation_amortization",
        "flow",
        (
            "DepreciationAmortizationAndAccretionNet", "DepreciationDepletionAndAmortization",
            "DepreciationAndAmortization", "AdjustmentsForDepreciationAndAmortisationExpense",
            "DepreciationAndAmortisationExpense",
        ),
        ("OtherDepreciationAndAmortization", "Depreciation", "DepreciationExpense"),
        "The cash flow statement's line first: where a filing has both, Apple's DepreciationDepletionAnd"
        "Amortization is that of a note. Depreciation alone, and Marvell's other depreciation, leave "
        "acquired intangibles out.",
    ),
    ItemTags(
        "cash",
        "stock",
        ("CashAndCashEquivalentsAtCarryingValue", "CashAndCashEquivalents"),
        ("Cash", "CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents"),
        "Without restricted cash, which cannot repay debt.",
    ),
    ItemTags(
        "equity",
        "stock",
        ("StockholdersEquity", "EquityAttributableToOwnersOfParent"),
        ("StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest", "Equity"),
        "Of the parent's owners, as net income.",
    ),
    ItemTags(
        "rpo", "stock", ("RevenueRemainingPerformanceObligation",), reason="The only tag of the total."
    ),
    ItemTags(
        "receivables",
        "stock",
        ("AccountsReceivableNetCurrent", "ReceivablesNetCurrent", "CurrentTradeReceivables"),
        ("AccountsNotesAndLoansReceivableNetCurrent", "TradeAndOtherCurrentReceivables"),
        "Trade receivables; other claims are not the customers'.",
    ),
    ItemTags(
        "payables",
        "stock",
        (
            "AccountsPayableCurrent", "AccountsPayableTradeCurrent",
            "TradeAndOtherCurrentPayablesToTradeSuppliers",
        ),
        ("AccountsPayableAndAccruedLiabilitiesCurrent", "TradeAndOtherCurrentPayables"),
        "Trade payables; accrued liabilities are more than suppliers' claims.",
    ),
    ItemTags(
        "deferred_revenue_current",
        "stock",
        ("ContractWithCustomerLiabilityCurrent", "CurrentContractLiabilities"),
        ("DeferredRevenueCurrent",),
        reason="Paid ahead by customers for a year; deferred revenue may be a part (Marvell, January 2022).",
    ),
    ItemTags("inventory", "stock", ("InventoryNet", "Inventories"), reason="One tag a taxonomy."),
    ItemTags(
        "shares_outstanding",
        "share_count",
        ("EntityCommonStockSharesOutstanding",),
        ("CommonStockSharesOutstanding", "NumberOfSharesOutstanding"),
        "The cover page's count is the newest; a company of several classes states it a class, so not here.",
    ),
    ItemTags(
        "purchase_obligations",
        "stock",
        ("PurchaseObligation",),
        ("UnrecordedUnconditionalPurchaseObligationBalanceSheetAmount",),
        "Unrecorded unconditional obligations are the whole at Apple, but a part at NVIDIA (7.6 of 45.1 "
        "billion in January 2025). OtherCommitment is left out: it is whatever the filer calls so.",
    ),
    ItemTags(
        "operating_lease_liability",
        "stock",
        ("OperatingLeaseLiability",),
        reason="The recognised liability (ASC 842, from 2019); leases not yet begun have no common tag.",
    ),
)  # fmt: skip
"""Items in the order of `screen.market.tables.ITEMS`; total_debt is summed from `DEBT_PARTS`."""

DEBT_PARTS = (
    ItemTags(
        "debt_noncurrent",
        "stock",
        (
            "LongTermDebtNoncurrent", "LongTermDebtAndCapitalLeaseObligations", "LongTermNotesPayable",
            "SeniorLongTermNotes", "ConvertibleLongTermNotesPayable", "ConvertibleDebtNoncurrent",
            "ConvertibleNotesPayableNoncurrent", "LongtermBorrowings",
            "NoncurrentPortionOfNoncurrentBorrowings",
        ),
        reason="The balance sheet's line. Kinds of notes serve only without it: most are its parts.",
    ),
    ItemTags(
        "debt_current",
        "stock",
        ("DebtCurrent", "CurrentBorrowingsAndCurrentPortionOfNoncurrentBorrowings"),
        reason="Everything due within a year; nothing else is added to it.",
    ),
    ItemTags(
        "debt_maturing",
        "stock",
        (
            "LongTermDebtCurrent", "LongTermDebtAndCapitalLeaseObligationsCurrent", "NotesPayableCurrent",
            "ConvertibleNotesPayableCurrent", "ConvertibleDebtCurrent", "CurrentPortionOfLongtermBorrowings",
            "CurrentPortionOfNoncurrentBorrowings",
        ),
        reason="The part of long-term debt due within a year.",
    ),
    ItemTags(
        "debt_short",
        "stock",
        ("ShortTermBorrowings", "CommercialPaper", "OtherShortTermBorrowings", "ShorttermBorrowings"),
        reason="Commercial paper is a part of short-term borrowings where both are stated.",
    ),
    ItemTags(
        "debt_long_total",
        "stock",
        ("LongTermDebt",),
        reason="Long-term debt with its current part, from the notes; used without a balance sheet line.",
    ),
    ItemTags("debt_total", "stock", ("Borrowings",), reason="All borrowings (ifrs-full)."),
    ItemTags(
        BALANCE_SHEET,
        "stock",
        ("LiabilitiesAndStockholdersEquity", "EquityAndLiabilities", "Assets"),
        reason="Stated for the days of the filing's balance sheet only.",
    ),
)  # fmt: skip
