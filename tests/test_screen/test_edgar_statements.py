"""companyfacts to STATEMENTS by hand: year-to-date differences, vintages, tags, units, calendars."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from edgar_payloads import SEEN, Point, answer, body, point, rows, told, year_to_date
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.market.edgar.facts import read_facts
from screen.market.edgar.statements import statement_rows
from screen.market.tables import STATEMENTS

OCF = "NetCashProvidedByUsedInOperatingActivities"
PPE = "PaymentsToAcquirePropertyPlantAndEquipment"
PRODUCTIVE = "PaymentsToAcquireProductiveAssets"
EPS, DILUTED = "EarningsPerShareDiluted", "WeightedAverageNumberOfDilutedSharesOutstanding"
FILED = ["2024-05-01", "2024-08-01", "2024-11-01", "2025-02-20"]


def test_quarters_are_differences_of_the_year_to_date() -> None:
    # 10, 10+15, 10+15+20, and 60 for the year: the quarters are 10, 15, 20 and 15.
    found = rows({OCF: year_to_date([10, 25, 45, 60], FILED)})
    assert told(found, "operating_cash_flow") == [
        ("2024-03-31", 10.0, "2024-05-01"),
        ("2024-06-30", 15.0, "2024-08-01"),
        ("2024-09-29", 20.0, "2024-11-01"),
        ("2024-12-29", 15.0, "2025-02-20"),
    ]
    assert [v for _, v, _ in told(found, "operating_cash_flow", "YTD")] == [25.0, 45.0]
    assert told(found, "operating_cash_flow", "FY") == [("2024-12-29", 60.0, "2025-02-20")]
    third = found.filter(pl.col("period_end") == date(2024, 9, 29), pl.col("period_type") == "Q")
    assert third["source"].to_list() == ["edgar:derived"]
    assert third["period_start"].to_list() == [date(2024, 7, 1)]
    assert third["fiscal_period"].to_list() == ["Q3"]


def test_every_row_is_filed_and_on_the_share_basis_of_its_day() -> None:
    found = STATEMENTS.check(rows({OCF: year_to_date([10, 25], FILED)}))
    assert found["known_at_basis"].unique().to_list() == ["filed"]
    assert found["is_latest_vintage"].unique().to_list() == [False]
    assert found["seen_at"].unique().to_list() == [SEEN]
    assert found["currency"].unique().to_list() == ["USD"]


def test_a_stated_quarter_is_not_derived() -> None:
    points = [*year_to_date([10, 25], FILED), point("2024-06-30", 14.5, "2024-08-01", start="2024-04-01")]
    assert told(rows({OCF: points}), "operating_cash_flow") == [
        ("2024-03-31", 10.0, "2024-05-01"),
        ("2024-06-30", 14.5, "2024-08-01"),
    ]


def test_a_missing_part_gives_no_quarter() -> None:
    points = [p for p in year_to_date([10, 25, 45, 60], FILED) if p["val"] != 25]
    assert [end for end, _, _ in told(rows({OCF: points}), "operating_cash_flow")] == [
        "2024-03-31",
        "2024-12-29",
    ]


def test_two_currencies_are_not_subtracted() -> None:
    first, half = year_to_date([10, 25], FILED)
    payload = answer({OCF: [first]})
    payload["facts"]["us-gaap"][OCF]["units"]["EUR"] = [half]
    found = read_facts(json.dumps(payload).encode())
    statements = statement_rows("X", json.dumps(payload).encode(), seen_at=SEEN)
    assert found.facts.height == 2
    assert told(statements, "operating_cash_flow") == [("2024-03-31", 10.0, "2024-05-01")]


def test_a_repeated_value_keeps_its_first_day_and_a_changed_one_is_a_vintage() -> None:
    year = ("2023-12-31", "2023-01-01")
    points = [
        point(year[0], 100, "2024-02-20", start=year[1]),
        point(year[0], 100, "2025-02-20", start=year[1]),  # a comparative, unchanged
        point(year[0], 110, "2026-02-20", start=year[1]),  # restated
        point(year[0], 100, "2026-03-20", start=year[1], form="10-K/A"),  # taken back
    ]
    assert told(rows({"Revenues": points}), "revenue", "FY") == [
        ("2023-12-31", 100.0, "2024-02-20"),
        ("2023-12-31", 110.0, "2026-02-20"),
        ("2023-12-31", 100.0, "2026-03-20"),
    ]


def test_a_restated_year_waits_for_its_restated_nine_months() -> None:
    # Year 60 restated to 90 (2026-02-20); nine months 45 restated to 69 in the report of November 2025.
    points = year_to_date([10, 25, 45, 60], FILED)
    points.append({**points[2], "val": 69, "filed": "2025-11-01", "accn": "a"})
    points.append({**points[3], "val": 90, "filed": "2026-02-20", "accn": "b"})
    fourth = [row for row in told(rows({OCF: points}), "operating_cash_flow") if row[0] == "2024-12-29"]
    # never 60 - 69 or 90 - 45
    assert fourth == [("2024-12-29", 15.0, "2025-02-20"), ("2024-12-29", 21.0, "2026-02-20")]


def test_a_year_restated_alone_leaves_its_fourth_quarter() -> None:
    points = year_to_date([10, 25, 45, 60], FILED)
    points.append({**points[3], "val": 90, "filed": "2026-02-20", "accn": "b"})
    fourth = [row for row in told(rows({OCF: points}), "operating_cash_flow") if row[0] == "2024-12-29"]
    assert fourth == [("2024-12-29", 15.0, "2025-02-20")]


def test_an_amendment_soon_after_corrects_the_quarter() -> None:
    points = year_to_date([10, 25, 45, 60], FILED)
    points.append({**points[3], "val": 62, "filed": "2025-03-20", "form": "10-K/A", "accn": "b"})
    fourth = [row for row in told(rows({OCF: points}), "operating_cash_flow") if row[0] == "2024-12-29"]
    assert fourth == [("2024-12-29", 15.0, "2025-02-20"), ("2024-12-29", 17.0, "2025-03-20")]


def test_capex_bridges_a_change_of_tag_within_a_year() -> None:
    points = year_to_date([155, 372, 845], ["2020-05-21", "2020-08-19", "2020-11-18"], start="2020-01-27")
    found = rows({PPE: points[:2], PRODUCTIVE: points[2:]})
    assert [v for _, v, _ in told(found, "capex")] == [155.0, 217.0, 473.0]
    filed = found.filter((pl.col("item") == "capex") & (pl.col("source") == "edgar"))
    assert filed["tag_rank"].unique().to_list() == [0]  # each is the main tag of its filing


def test_a_restatement_under_a_new_tag_counts_as_the_newest() -> None:
    # ASC 606: the year before, told again under the new tag.
    year = {"start": "2017-07-01"}
    found = rows(
        {
            "SalesRevenueNet": [point("2018-06-30", 90.0, "2018-08-01", **year)],
            "RevenueFromContractWithCustomerExcludingAssessedTax": [
                point("2018-06-30", 96.5, "2019-08-01", **year)
            ],
        }
    )
    newest = found.sort("tag_rank", "known_at", descending=[False, True]).row(0, named=True)
    assert (newest["value"], newest["known_at"]) == (96.5, date(2019, 8, 1))


def test_the_total_stands_before_a_part_in_the_same_filing() -> None:
    year = {"start": "2024-01-01"}
    found = rows(
        {
            "Revenues": [point("2024-12-31", 100.0, "2025-02-01", **year)],
            "RevenueFromContractWithCustomerExcludingAssessedTax": [
                point("2024-12-31", 80.0, "2025-02-01", **year),
                point("2022-12-31", 60.0, "2025-02-01", start="2022-01-01"),  # a note only
            ],
        }
    )
    chosen = found.sort("tag_rank").unique("period_end", keep="first").sort("period_end")
    assert chosen.select("value", "tag_rank").rows() == [(60.0, 11), (100.0, 0)]
    assert 80.0 not in found["value"].to_list()


def test_a_narrow_tag_never_displaces_a_main_one() -> None:
    year = {"start": "2024-01-01"}
    found = rows(
        {
            "Depreciation": [point("2024-12-31", 7.0, "2025-02-01", **year)],
            "DepreciationDepletionAndAmortization": [point("2024-12-31", 9.0, "2025-02-01", **year)],
        }
    )
    assert told(found, "depreciation_amortization", "FY") == [("2024-12-31", 9.0, "2025-02-01")]
    alone = rows({"Depreciation": year_to_date([1, 2, 3, 4], FILED)})
    assert alone["tag_rank"].min() >= 10  # type: ignore[operator]
    assert [v for _, v, _ in told(alone, "depreciation_amortization")] == [1.0, 1.0, 1.0, 1.0]


def test_fourth_quarter_eps_makes_the_year() -> None:
    eps = year_to_date([0.5, 1.1, 1.8, 2.6], FILED)
    shares = year_to_date([100, 100, 100, 101], FILED)
    quarter = [p for e, s, v in (("2024-06-30", "2024-04-01", 0.6), ("2024-09-29", "2024-07-01", 0.7))
               for p in [point(e, v, FILED[1 if v == 0.6 else 2], start=s)]]  # fmt: skip
    found = rows({EPS: [*eps, *quarter], DILUTED: shares})
    values = [v for _, v, _ in told(found, "eps_diluted")]
    assert values == pytest.approx([0.5, 0.6, 0.7, 0.8])
    assert sum(values) == pytest.approx(2.6)
    assert told(found, "shares_diluted") == [("2024-03-31", 100.0, "2024-05-01")]  # averages: no difference


def test_fourth_quarter_eps_over_a_split_comes_from_net_income() -> None:
    # Nine months: 4.00 on 100 shares; the annual report is on 400 shares: 1.50. 1.50 - 4.00 would be -2.50.
    eps = year_to_date([1.0, 2.5, 4.0, 1.5], FILED)
    shares = year_to_date([100, 100, 100, 400], FILED)
    income = year_to_date([100, 250, 400, 600], FILED)
    found = rows({EPS: eps, DILUTED: shares, "NetIncomeLoss": income})
    last = [row for row in told(found, "eps_diluted") if row[0] == "2024-12-29"]
    assert last == [("2024-12-29", 0.5, "2025-02-20")]  # (600 - 400) / 400


def test_eps_without_share_counts_is_not_derived() -> None:
    found = rows({EPS: year_to_date([1.0, 2.5, 4.0, 1.5], FILED)})
    assert [end for end, _, _ in told(found, "eps_diluted")] == ["2024-03-31"]


def test_weeks_of_52_and_53_and_fiscal_years_off_december() -> None:
    # Apple's fiscal 2023 had 53 weeks: the quarter to 2022-12-31 has 14.
    sales = "Revenues"
    found = rows(
        {
            sales: [
                point("2022-12-31", 14.0, "2023-02-03", start="2022-09-25"),
                point("2023-04-01", 27.0, "2023-05-05", start="2022-09-25"),
                point("2023-07-01", 40.0, "2023-08-04", start="2022-09-25"),
                point("2023-09-30", 53.0, "2023-11-03", start="2022-09-25"),
                point("2023-12-30", 13.0, "2024-02-02", start="2023-10-01"),
            ]
        }
    )
    quarters = found.filter(pl.col("period_type") == "Q").sort("period_end")
    assert quarters["value"].to_list() == [14.0, 13.0, 13.0, 13.0, 13.0]
    assert quarters["fiscal_year"].to_list() == [2023, 2023, 2023, 2023, 2024]
    assert quarters["fiscal_period"].to_list() == ["Q1", "Q2", "Q3", "Q4", "Q1"]


@pytest.mark.parametrize(
    ("year_end", "quarter_end", "label"),
    [
        ("2026-01-25", "2026-04-26", (2027, "Q1")),  # NVIDIA
        ("2025-08-28", "2025-11-27", (2026, "Q1")),  # Micron
        ("2025-08-28", "2025-05-29", (2025, "Q3")),
        ("2026-01-03", "2025-09-27", (2025, "Q3")),  # a year of 53 weeks that ends in January
    ],
)
def test_fiscal_labels_follow_the_companys_year(
    year_end: str, quarter_end: str, label: tuple[int, str]
) -> None:
    start = date.fromisoformat(year_end).replace(year=date.fromisoformat(year_end).year - 1).isoformat()
    found = rows(
        {
            "Revenues": [point(year_end, 9.0, "2026-09-01", start=start)],
            "AccountsPayableCurrent": [point(quarter_end, 1.0, "2026-09-01")],
        }
    )
    stock = found.filter(pl.col("item") == "payables").row(0, named=True)
    assert (stock["fiscal_year"], stock["fiscal_period"]) == label


def test_odd_periods_and_rolling_years_are_left_out() -> None:
    found = rows(
        {
            "Revenues": [
                point("2024-05-31", 5.0, "2024-07-01", start="2024-01-01", form="10-KT"),  # five months
                point("2024-06-30", 12.0, "2024-08-01", start="2023-07-01", form="10-Q"),  # a rolling year
                point("2024-06-30", 3.0, "2024-08-01", start="2024-04-01"),
            ]
        }
    )
    assert found.select("period_type", "value").rows() == [("Q", 3.0)]


def test_only_reports_count() -> None:
    year = {"start": "2024-01-01"}
    points = [
        point("2024-12-31", 1.0, "2025-02-01", form=form, **year) for form in ("424B5", "DEF 14A", "S-1")
    ]
    assert rows({"Revenues": points}).is_empty()
    assert rows({"Revenues": [point("2024-12-31", 1.0, "2025-03-01", form="20-F/A", **year)]}).height == 1


def test_units_must_fit_the_item() -> None:
    quarter = {"start": "2024-01-01"}
    wrong = {
        "Revenues": [point("2024-03-31", 1.0, "2024-05-01", **quarter)],
        EPS: [point("2024-03-31", 1.0, "2024-05-01", **quarter)],
        DILUTED: [point("2024-03-31", 1.0, "2024-05-01", **quarter)],
    }
    units = {"Revenues": "USD/shares", EPS: "USD", DILUTED: "USD"}
    assert rows(wrong, units=units).is_empty()
    assert rows(wrong).height == 3


def test_the_currency_is_that_of_the_unit() -> None:
    found = rows({"Revenues": [point("2024-12-31", 28.3e9, "2025-02-12", start="2024-01-01")]}, unit="EUR")
    assert found["currency"].to_list() == ["EUR"]


def test_ifrs_half_year_of_a_foreign_issuer() -> None:
    # 20-F and a half-year 6-K in Taiwan dollars; the 20-F repeats the year in US dollars for convenience.
    half = {"start": "2025-01-01", "form": "6-K"}
    year = {"start": "2024-01-01", "form": "20-F"}
    payload = answer(
        {
            "Revenue": [point("2024-12-31", 2894.0, "2025-04-17", **year), point("2025-06-30", 1773.0, "2025-08-14", **half)],
            "CostOfSales": [point("2024-12-31", 1269.0, "2025-04-17", **year)],
            "ProfitLossAttributableToOwnersOfParent": [point("2025-06-30", 760.0, "2025-08-14", **half)],
            "DilutedEarningsLossPerShare": [point("2025-06-30", 29.3, "2025-08-14", **half)],
            "PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities": [
                point("2024-12-31", 956.0, "2025-04-17", **year)
            ],
            "CashAndCashEquivalents": [point("2025-06-30", 2364.0, "2025-08-14", form="6-K")],
        },
        unit="TWD",
        namespace="ifrs-full",
        entity="TAIWAN SEMICONDUCTOR MANUFACTURING CO LTD",
    )  # fmt: skip
    payload["facts"]["ifrs-full"]["Revenue"]["units"]["USD"] = [
        point("2024-12-31", 88.3, "2025-04-17", **year)
    ]
    found = statement_rows("2330.TW", json.dumps(payload).encode(), seen_at=SEEN)
    assert found["currency"].unique().to_list() == ["TWD"]
    assert told(found, "revenue", "FY") == [("2024-12-31", 2894.0, "2025-04-17")]
    assert told(found, "revenue", "YTD") == [("2025-06-30", 1773.0, "2025-08-14")]
    assert told(found, "revenue", "Q") == []  # half a year has no quarters
    assert told(found, "eps_diluted", "YTD") == [("2025-06-30", 29.3, "2025-08-14")]
    assert told(found, "capex", "FY") == [("2024-12-31", 956.0, "2025-04-17")]
    assert told(found, "cash", "INSTANT") == [("2025-06-30", 2364.0, "2025-08-14")]


def test_one_bad_point_costs_one_value() -> None:
    points: list[Point] = [
        point("2024-03-31", 10.0, "2024-05-01", start="2024-01-01"),
        {**point("2024-06-30", 1.0, "2024-08-01", start="2024-04-01"), "val": None},
        {**point("2024-06-30", 1.0, "2024-08-01", start="2024-04-01"), "filed": "soon"},
        {**point("2024-06-30", 1.0, "2024-08-01"), "start": "never"},
        point("2104-06-30", 1.0, "2024-08-01", start="2104-04-01"),  # ends after it was filed
        {"form": "10-Q"},
    ]
    found = read_facts(body({"Revenues": points}))
    assert found.lost == 5
    assert found.facts["value"].to_list() == [10.0]


@pytest.mark.parametrize(
    "content", [b"", b"<html>blocked</html>", b"[]", b'{"cik":1}', b'{"facts":[]}', b'{"facts":{"us']
)
def test_what_is_no_companyfacts_answer_says_so(content: bytes) -> None:
    with pytest.raises(ValueError):
        read_facts(content)


def test_a_company_without_facts_has_no_rows() -> None:
    found = statement_rows("X", b'{"cik":1,"entityName":"Made Up Inc","facts":{}}', seen_at=SEEN)
    assert found.is_empty()
    assert STATEMENTS.check(found).height == 0


def balance(**parts: float) -> dict[str, list[Point]]:
    sheet = {"LiabilitiesAndStockholdersEquity": 500.0, **parts}
    return {tag: [point("2024-12-31", value, "2025-02-01")] for tag, value in sheet.items()}


@pytest.mark.parametrize(
    ("parts", "debt"),
    [
        ({"LongTermDebtNoncurrent": 70.0, "LongTermDebtCurrent": 10.0, "CommercialPaper": 5.0}, 85.0),
        # current debt has the maturing part and the paper in it
        ({"LongTermDebtNoncurrent": 70.0, "DebtCurrent": 15.0, "LongTermDebtCurrent": 10.0, "CommercialPaper": 5.0}, 85.0),
        # the note's total is no further debt
        ({"LongTermDebtNoncurrent": 70.0, "LongTermDebtCurrent": 10.0, "LongTermDebt": 81.0}, 80.0),
        ({"LongTermDebt": 81.0, "ShortTermBorrowings": 4.0, "CommercialPaper": 3.0}, 85.0),
        # one line under two tags, as Marvell's
        (
            {"LongTermDebtNoncurrent": 70.0, "LongTermDebtCurrent": 10.0, "ShortTermBorrowings": 10.0},
            80.0,
        ),
        # notes are parts of long-term debt where both are stated, and the debt where they are alone
        ({"LongTermDebtNoncurrent": 70.0, "ConvertibleLongTermNotesPayable": 30.0}, 70.0),
        ({"ConvertibleLongTermNotesPayable": 30.0, "ConvertibleNotesPayableCurrent": 2.0}, 32.0),
        ({"LongTermDebtNoncurrent": 70.0}, 70.0),
    ],
)  # fmt: skip
def test_total_debt_counts_each_part_once(parts: dict[str, float], debt: float) -> None:
    found = rows(balance(**parts)).filter(pl.col("item") == "total_debt")
    assert found.select("value", "period_type", "source").rows() == [(debt, "INSTANT", "edgar:sum")]


def test_no_debt_line_is_no_row_and_not_zero() -> None:
    assert "total_debt" not in rows(balance(AccountsPayableCurrent=3.0))["item"].to_list()
    # a note on an older day, without a balance sheet of that day
    note = {"LongTermDebtNoncurrent": [point("2023-12-31", 9.0, "2025-02-01")]}
    assert rows(note).is_empty()


def test_what_sec_has_beyond_the_items() -> None:
    found = rows(
        {
            "RevenueRemainingPerformanceObligation": [point("2024-12-31", 5.0, "2025-02-01")],
            "PurchaseObligation": [point("2024-12-31", 45.1, "2025-02-01")],
            "UnrecordedUnconditionalPurchaseObligationBalanceSheetAmount": [point("2024-12-31", 7.6, "2025-02-01")],
            "OtherCommitment": [point("2024-12-31", 99.0, "2025-02-01")],
            "OperatingLeaseLiability": [point("2024-12-31", 2.0, "2025-02-01")],
        }
    )  # fmt: skip
    assert dict(found.select("item", "value").iter_rows()) == {
        "rpo": 5.0,
        "purchase_obligations": 45.1,
        "operating_lease_liability": 2.0,
    }


def test_the_cover_pages_share_count_has_no_currency() -> None:
    payload = answer(
        {"EntityCommonStockSharesOutstanding": [point("2024-05-24", 2.46e9, "2024-05-29")]}, namespace="dei"
    )
    found = statement_rows("X", json.dumps(payload).encode(), seen_at=SEEN).row(0, named=True)
    assert (found["fiscal_year"], found["fiscal_period"]) == (None, None)
    assert (found["item"], found["value"], found["currency"]) == ("shares_outstanding", 2.46e9, None)


def test_what_stood_before_a_better_source_came_still_stands_for_its_days() -> None:
    # A narrow tag until the main one came a year later; a difference until the quarter was stated.
    year = {"start": "2024-01-01"}
    found = rows(
        {
            "Depreciation": [point("2024-12-31", 7.0, "2025-02-01", **year)],
            "DepreciationDepletionAndAmortization": [point("2024-12-31", 9.0, "2026-02-01", **year)],
            OCF: [
                *year_to_date([10, 25], FILED),
                point("2024-06-30", 14.5, "2025-08-01", start="2024-04-01"),
            ],
        }
    )
    assert told(found, "depreciation_amortization", "FY") == [
        ("2024-12-31", 7.0, "2025-02-01"),
        ("2024-12-31", 9.0, "2026-02-01"),
    ]
    assert told(found, "operating_cash_flow")[1:] == [
        ("2024-06-30", 15.0, "2024-08-01"),
        ("2024-06-30", 14.5, "2025-08-01"),
    ]


vintage = st.tuples(
    st.sampled_from([OCF, PPE, PRODUCTIVE, "Depreciation", "DepreciationAndAmortization", EPS, DILUTED]),
    st.integers(0, 4),  # 3, 6, 9 and 12 months; the second quarter alone
    st.integers(1, 3),
    st.integers(0, 11),
)


@settings(max_examples=80)
@given(st.lists(vintage, min_size=8, max_size=40), st.integers(2, 10))
def test_later_filings_change_nothing_that_was_known(
    facts: list[tuple[str, int, int, int]], cut: int
) -> None:
    """As of any day the rows are those of the filings made by then."""
    days = [f"2025-{month:02d}-15" for month in range(1, 13)]
    tags: dict[str, list[Point]] = {}
    for tag, quarter, value, filed in facts:
        alone = point("2024-06-30", value, days[filed], start="2024-04-01")
        made = [*year_to_date([value] * 4, [days[filed]] * 4), alone][quarter]
        tags.setdefault(tag, []).append({**made, "accn": days[filed]})
    limit = date.fromisoformat(days[cut])
    early = {
        tag: kept for tag, points in tags.items() if (kept := [p for p in points if p["filed"] <= days[cut]])
    }
    columns = ["item", "period_type", "period_end", "value", "known_at", "tag_rank", "source"]
    then = rows(early).select(columns).sort(columns)
    now = rows(tags).filter(pl.col("known_at") <= limit).select(columns).sort(columns)
    assert then.equals(now)
