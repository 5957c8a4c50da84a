"""Taiwan's forms by hand: years of the Republic, amounts, field names, pages, and the day a month is public."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_twse import answer, line, page

from screen.market.net.faults import FetchError
from screen.market.twse.boards import BOARDS
from screen.market.twse.due import PullLog, last_public, missing_months
from screen.market.twse.facts import known_day
from screen.market.twse.latest import parse_latest
from screen.market.twse.pages import parse_page
from screen.market.twse.roc import add_months, parse_day, parse_month, public_by
from screen.market.twse.rows import RevenueLine, plain_names

LISTED, OTC = BOARDS
TODAY = date(2026, 11, 20)
SEP, OCT = date(2026, 9, 30), date(2026, 10, 31)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("11509", SEP),
        ("115/09", SEP),
        ("115/9", SEP),
        ("113/12", date(2024, 12, 31)),
        ("11302", date(2024, 2, 29)),
        ("9912", date(2010, 12, 31)),
        ("202609", SEP),
        ("115年9月", SEP),
        ("11513", None),
        ("11500", None),
        ("", None),
        ("last month", None),
        ("115/09/01/02", None),
    ],
)
def test_months_of_the_republic(text: str, end: date | None) -> None:
    assert parse_month(text) == end


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1151017", date(2026, 10, 17)),
        ("115/10/17", date(2026, 10, 17)),
        ("20261017", date(2026, 10, 17)),
        ("991231", date(2010, 12, 31)),
        ("1150230", None),
        ("soon", None),
    ],
)
def test_days_of_the_republic(text: str, day: date | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("end", "day"),
    [
        (date(2026, 10, 31), date(2026, 11, 15)),
        (date(2026, 12, 31), date(2027, 1, 15)),
        (date(2026, 1, 31), date(2026, 2, 20)),  # the Lunar New Year may lie over the 10th
    ],
)
def test_a_month_is_certainly_public_some_days_after_the_deadline(end: date, day: date) -> None:
    assert public_by(end) == day
    assert last_public(day) == end
    assert last_public(day - timedelta(days=1)) == add_months(end, -1)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-400, 400))
def test_months_add_up(day: date, months: int) -> None:
    end = add_months(day, months)
    assert add_months(end, -months) == add_months(day, 0)
    assert (end + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("278163107", 278163107.0),
        ("278,163,107", 278163107.0),
        (" 12 ", 12.0),
        ("１２", 12.0),
        ("-12", -12.0),
        ("(12)", -12.0),
        (12, 12.0),
        ("0", 0.0),
        ("-", None),
        ("－", None),
        ("", None),
        ("N/A", None),
        ("不適用", None),
        (None, None),
    ],
)
def test_amounts(text: object, amount: float | None) -> None:
    assert RevenueLine.model_validate({"營業收入當月營收": text}).revenue == amount


@pytest.mark.parametrize("text", ["three", "1.2.3", "nan", "inf", "12%"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    found = parse_latest(answer(line("1101", "11510", text, "1", "1")), LISTED, today=TODAY)
    assert found.lines == {}
    assert text in found.faults["1101"]


def test_field_names_with_a_mark_full_width_brackets_and_underscores() -> None:
    names = plain_names({"\ufeff公司代號": 1, "營業收入_去年同月增減（％）": 2, " 營業收入-當月營收 ": 3})
    assert names == {"公司代號": 1, "營業收入去年同月增減": 2, "營業收入當月營收": 3}
    rows = [
        {
            k.replace("-", "－").replace("(%)", "（％）"): v
            for k, v in line("1101", "11510", "7", "6", "5").items()
        }
    ]
    content = b"\xef\xbb\xbf" + json.dumps(rows, ensure_ascii=False).encode()
    found = parse_latest(content, LISTED, today=TODAY)
    assert found.lines["1101"].revenue == 7.0
    assert found.lines["1101"].table_day == date(2026, 11, 17)
    assert found.newest == OCT


def test_a_line_about_a_month_that_has_not_ended_or_twice_is_no_line() -> None:
    content = answer(
        line("1101", "11511", "1", "1", "1"),
        line("1102", "11510", "1", "1", "1"),
        line("1102", "11510", "2", "1", "1"),
        line("1103", "-", "1", "1", "1"),
        line("", "11510", "1", "1", "1"),
    )
    found = parse_latest(content, LISTED, today=TODAY)
    assert found.lines == {}
    assert set(found.faults) == {"1101", "1102", "1103"}
    assert found.newest is None


@pytest.mark.parametrize("encoding", ["cp950", "utf-8", "utf-8-sig"])
def test_a_page_in_either_encoding(encoding: str) -> None:
    rows = [("1101", "1,234", "-", "1,000"), ("2880A", "5", "4", "3"), ("9999", "-", "1", "1")]
    found = parse_page(page("上市", 115, 9, rows, encoding=encoding), LISTED, SEP)
    assert {code: (row.revenue, row.year_ago) for code, row in found.lines.items()} == {
        "1101": (1234.0, 1000.0),
        "2880A": (5.0, 3.0),
    }
    assert found.is_whole


@pytest.mark.parametrize(
    "content",
    [
        b"",
        "<html>查無資料</html>".encode("cp950"),
        b"<html>THE PAGE CANNOT BE ACCESSED!</html>",
        page("上櫃", 115, 9, []),
        page("上市", 115, 8, []),
        page("上市", 114, 9, []),
        page("上市", 115, 9, [], unit="元"),
    ],
    ids=["nothing", "no data", "refusal", "other board", "other month", "other year", "other unit"],
)
def test_a_page_about_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(FetchError) as caught:
        parse_page(content, LISTED, SEP)
    assert caught.value.kind == "bad_payload"
    assert "2026-09" in caught.value.message


def test_an_industry_total_is_no_company() -> None:
    found = parse_page(page("上櫃", 115, 9, [("8101", "1", "1", "1")]), OTC, SEP)
    assert list(found.lines) == ["8101"]


DAYS = st.dates(date(2026, 11, 1), date(2027, 3, 1))


@given(DAYS, st.none() | st.dates(date(2026, 9, 1), date(2027, 4, 1)), st.booleans())
def test_a_month_is_never_known_before_it_ends_nor_after_it_was_read(
    today: date, table_day: date | None, is_held: bool
) -> None:
    day = known_day(OCT, today=today, table_day=table_day, log=PullLog(), is_held=is_held)
    assert OCT < day <= today
    assert day <= public_by(OCT)


@given(DAYS, st.integers(1, 60), st.none() | st.just(SEP))
def test_a_month_is_never_known_on_a_day_that_was_answered_without_it(
    answered: date, later: int, latest: date | None
) -> None:
    today = answered + timedelta(days=later)
    log = PullLog("ok", answered, answered, latest)
    day = known_day(OCT, today=today, table_day=date(2026, 11, 2), log=log, is_held=True)
    assert answered < day <= today


def test_a_month_whose_stored_row_is_not_at_hand_counts_as_known_today() -> None:
    log = PullLog("ok", date(2026, 11, 18), date(2026, 11, 18), OCT)
    assert known_day(SEP, today=TODAY, table_day=None, log=log, is_held=False) == TODAY
    assert known_day(SEP, today=TODAY, table_day=None, log=log, is_held=True) == date(2026, 10, 15)


def test_months_to_look_up() -> None:
    aug = date(2026, 8, 31)
    wanted = [OCT, SEP, aug]
    answered = PullLog("ok", TODAY, TODAY, SEP)
    torn = PullLog("partial", TODAY, TODAY, OCT)
    assert missing_months(wanted, held=[], log=PullLog()) == {OCT, SEP, aug}
    assert missing_months(wanted, held=[SEP], log=answered) == {OCT}
    assert missing_months(wanted, held=[], log=answered) == {OCT}  # the log says that the rest is there
    assert missing_months(wanted, held=[OCT], log=torn) == {SEP, aug}
    assert missing_months(wanted, held=[OCT, SEP, aug], log=torn) == set()
