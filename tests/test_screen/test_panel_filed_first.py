"""A filed period stands once: vendors' twins go, their other rows meet the filings' calendar."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from market_fixture import companies, market, prices

from exposures.tables import FIGURES
from screen.market.files import FilesSource
from screen.market.protocol import Company, MarketRequest
from screen.market.tables import STATEMENTS
from screen.panel import build_panel
from screen.panel.filed_first import filed_first
from screen.panel.trailing import MAX_SPAN_DAYS

# NVIDIA's quarters, and the month ends that Yahoo gives them.
FILED = [date(2025, 7, 27), date(2025, 10, 26), date(2026, 1, 25), date(2026, 4, 26)]
YAHOO = [date(2025, 7, 31), date(2025, 10, 31), date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31)]


def row(
    end: date,
    value: float,
    *,
    item: str = "revenue",
    basis: str = "filed",
    kind: str = "Q",
    ticker: str = "X",
) -> dict[str, object]:
    return {
        "ticker": ticker, "item": item, "period_type": kind, "period_end": end, "value": value, "currency": "USD",
        "known_at": end + timedelta(days=30), "known_at_basis": basis, "is_latest_vintage": basis != "filed",
        "tag_rank": 0, "source": "edgar" if basis == "filed" else "yahoo",
    }  # fmt: skip


def told(*rows: dict[str, object]) -> list[tuple[date, float, str]]:
    out = filed_first(STATEMENTS.frame(list(rows))).sort("period_end", "value")
    return out.select("period_end", "value", "source").rows()


def test_twins_go_and_news_stays() -> None:
    filed = [row(end, 10.0) for end in FILED]
    yahoo = [row(end, 11.0, basis="assumed_lag") for end in YAHOO]
    kept = told(*filed, *yahoo)
    assert kept == [*((end, 10.0, "edgar") for end in FILED), (YAHOO[-1], 11.0, "yahoo")]


def test_the_newest_vendors_quarter_stays_within_a_trailing_year() -> None:
    ends = [
        end for end, _, _ in told(*(row(e, 1.0) for e in FILED), row(YAHOO[-1], 1.0, basis="assumed_lag"))
    ]
    assert (ends[-1] - ends[-4]).days <= MAX_SPAN_DAYS


def test_other_items_of_the_quarter_move_to_its_filed_end() -> None:
    filed = [row(end, 10.0) for end in FILED]
    other = [row(end, 4.0, item="gross_profit", basis="assumed_lag") for end in YAHOO]
    moved = [entry for entry in told(*filed, *other) if entry[2] == "yahoo"]
    assert [end for end, _, _ in moved] == [*FILED, YAHOO[-1]]


def test_kinds_items_and_tickers_are_apart() -> None:
    rows = [
        row(FILED[0], 1.0),
        row(YAHOO[0], 2.0, basis="assumed_lag", kind="FY"),
        row(YAHOO[0], 3.0, basis="assumed_lag", item="capex"),
        row(YAHOO[0], 4.0, basis="assumed_lag", ticker="Y"),
        row(YAHOO[0], 5.0, basis="assumed_lag"),
    ]
    assert [value for _, value, _ in told(*rows)] == [1.0, 2.0, 3.0, 4.0]


def test_a_gap_of_the_filings_is_filled() -> None:
    filed = [row(end, 10.0) for end in (FILED[0], FILED[1], FILED[3])]
    kept = told(*filed, row(YAHOO[2], 11.0, basis="assumed_lag"))
    assert kept[2] == (YAHOO[2], 11.0, "yahoo")  # no filed end is near: nothing says where it belongs


def test_a_days_balance_does_not_follow_the_cover_page() -> None:
    cover = row(date(2026, 5, 15), 2.0, item="shares_outstanding", kind="INSTANT")
    cash = row(YAHOO[3], 3.0, item="cash", kind="INSTANT", basis="assumed_lag")
    assert told(cover, cash)[0] == (YAHOO[3], 3.0, "yahoo")
    assert told(cover, cash, row(FILED[3], 1.0))[1] == (FILED[3], 3.0, "yahoo")


@pytest.mark.parametrize("basis", ["filed", "assumed_lag"])
def test_one_source_alone_is_unchanged(basis: str) -> None:
    frame = STATEMENTS.frame([row(end, 1.0, basis=basis) for end in FILED])
    assert filed_first(frame).equals(frame)
    assert filed_first(frame.clear()).is_empty()


def test_no_quarter_counts_twice_in_the_panel() -> None:
    as_of = date(2026, 9, 4)
    rows = [row(end, 10.0, item="eps_diluted") for end in FILED]
    rows += [row(end, 10.0, item="eps_diluted", basis="assumed_lag") for end in YAHOO]
    data = market(prices=prices("X", {as_of: 100.0}), statements=rows)
    panel = build_panel(data, companies(("X", "USD", "USD")), FIGURES.empty(), as_of=as_of).panel
    assert panel["eps_ttm"].to_list() == [40.0]


def test_a_later_filing_does_not_displace_what_stood_before_it() -> None:
    as_of = FILED[3] + timedelta(days=10)  # Yahoo has the quarter, the filing comes 20 days later
    early = row(YAHOO[3], 11.0, basis="observed") | {"known_at": FILED[3] + timedelta(days=5)}
    rows = [*(row(end, 10.0) for end in FILED), early]
    data = market(prices=prices("X", {as_of: 100.0}), statements=rows)
    result = build_panel(data, companies(("X", "USD", "USD")), FIGURES.empty(), as_of=as_of)
    assert result.panel["revenue_ttm_usd"].to_list() == [41.0]


def test_the_real_packs_panel_does_not_change(market_pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its twins share their period ends, where filings won before."""
    as_of = date(2026, 6, 1)
    names = ("NVDA", "MRVL", "AAPL", "GOOGL", "AVGO", "ETN", "INTC", "META", "VRT", "ASML")
    wanted = tuple(Company(ticker, ticker, "USD", "USD") for ticker in names)
    data = FilesSource(market_pack).fetch(MarketRequest(wanted, as_of))
    who = companies(*((ticker, "USD", "USD") for ticker in names))
    now = build_panel(data, who, FIGURES.empty(), as_of=as_of)
    monkeypatch.setattr("screen.panel.build.filed_first", lambda statements: statements)
    before = build_panel(data, who, FIGURES.empty(), as_of=as_of)
    assert now.panel.equals(before.panel)
    assert now.multiples.equals(before.multiples)
    assert now.quarters.equals(before.quarters)
    assert now.quarters.height > 100
