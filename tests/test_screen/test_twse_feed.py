"""The feed on loopback: what it asks, what it makes of the answers, and what every fault becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from loopback_twse import HISTORY, LISTED, OTC, LoopbackTaiwan, Reply, answer, line, reachable

from screen.market.feed import Held, PullRequest
from screen.market.net.politeness import Politeness
from screen.market.protocol import Company
from screen.market.tables import MONTHLY_REVENUE, PULLS
from screen.market.twse import TwseFeed

TODAY = date(2026, 11, 20)
OCT, SEP, AUG, JUL = date(2026, 10, 31), date(2026, 9, 30), date(2026, 8, 31), date(2026, 7, 31)
QUICK = Politeness(timeout_s=1.0, attempts=2, backoff_s=0.0, longest_wait_s=0.0, requests_per_second=1000.0)


def company(ticker: str) -> Company:
    return Company(ticker, ticker, "TWD", "TWD")


RIVER, ISLE, HILL, ABROAD = (company(t) for t in ("1101.TW", "1102.TW", "8101.TWO", "ACME"))


@dataclass
class Session:
    """A feed with a store in memory: each pull is written before the next one."""

    cache: Path | None = None
    months: int = 3
    facts: pl.DataFrame = field(default_factory=MONTHLY_REVENUE.empty)
    pulls: pl.DataFrame = field(default_factory=PULLS.empty)

    def pull(
        self, *companies: Company, today: date = TODAY, is_full: bool = False
    ) -> dict[str, dict[str, Any]]:
        feed = TwseFeed(cache_dir=self.cache, politeness=QUICK, history_months=self.months)
        request = PullRequest(
            companies or (RIVER, HILL, ABROAD), today, Held(self.pulls, monthly_revenue=self.facts), is_full
        )
        outcomes: dict[str, dict[str, Any]] = {}
        if feed.is_due(request):
            for batch in feed.pull(request):
                rows = [{**o, "pulled_at": today, "pull_id": today.isoformat()} for o in batch.outcomes]
                self.pulls = pl.concat([self.pulls, PULLS.frame(rows)])
                for frame in batch.facts.values():
                    self.facts = MONTHLY_REVENUE.check(pl.concat([self.facts, frame]))
                outcomes |= {str(o["ticker"]): o for o in batch.outcomes}
        self.feed = feed
        return outcomes

    def months_of(self, ticker: str) -> dict[date, tuple[float, float | None, date]]:
        rows = self.facts.filter(ticker=ticker).sort("period_end", "known_at")
        picked = rows.select("period_end", "revenue", "revenue_year_ago", "known_at").iter_rows()
        return {end: (revenue, base, known) for end, revenue, base, known in picked}


@pytest.fixture
def taiwan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackTaiwan]:
    """Two boards with October, and pages of August and September."""
    with reachable(tmp_path, monkeypatch) as host:
        host.answers[LISTED] = answer(
            line("1101", "11510", "300", "200", "150"), line("1102", "11510", "30", "20", "15")
        )
        host.answers[OTC] = answer(line("8101", "115/10", "3,000", "2,000", "1,500"))
        for end, amount in ((SEP, 200), (AUG, 100)):
            host.put_page("sii", end, 0, ("1101", str(amount), "1", str(amount // 2)))
            host.put_page("sii", end, 1, ("1102", str(amount // 10), "1", "5"))
            host.put_page("otc", end, 0, ("8101", f"{amount * 10:,}", "1", "-"))
        yield host


def test_first_run_has_the_newest_month_and_the_history_in_dollars(taiwan: LoopbackTaiwan) -> None:
    session = Session()
    outcomes = session.pull(RIVER, ISLE, HILL, ABROAD)
    assert session.months_of("1101.TW") == {
        AUG: (100_000.0, 50_000.0, date(2026, 9, 15)),
        SEP: (200_000.0, 100_000.0, date(2026, 10, 15)),
        OCT: (300_000.0, 150_000.0, date(2026, 11, 15)),
    }
    assert session.months_of("8101.TWO")[SEP] == (2_000_000.0, None, date(2026, 10, 15))
    assert session.months_of("1102.TW")[AUG][0] == 10_000.0  # a foreign issuer, from the other page
    assert {t: o["status"] for t, o in outcomes.items()} == dict.fromkeys(
        ("1101.TW", "1102.TW", "8101.TWO"), "ok"
    )
    assert outcomes["1101.TW"]["latest"] == OCT
    assert session.facts["currency"].unique().to_list() == ["TWD"]
    # 2 answers, and for each of two months: listed, listed abroad, OTC
    assert len(taiwan.log) == 8 == session.feed.report().requests
    assert sum(int(o["requests"]) for o in outcomes.values()) == 8


def test_same_day_rerun_and_a_quiet_week_ask_nothing(taiwan: LoopbackTaiwan) -> None:
    session = Session()
    session.pull()
    before = len(taiwan.log)
    assert session.pull() == {} == session.pull(today=TODAY + timedelta(days=4))
    assert len(taiwan.log) == before
    assert session.pull(today=TODAY + timedelta(days=5))["1101.TW"]["status"] == "ok"
    assert taiwan.count(HISTORY) == 4  # two months of two boards, once
    assert len(taiwan.log) == before + 2
    assert session.facts.height == 6  # nothing new: no new rows


def test_other_exchanges_send_no_request_and_get_no_row(taiwan: LoopbackTaiwan) -> None:
    session = Session()
    assert session.pull(ABROAD) == {}
    assert taiwan.log == []
    assert "ACME" not in session.pull()
    session.pull(RIVER)
    assert taiwan.count(OTC) == 1


def test_only_the_board_with_companies_is_asked(taiwan: LoopbackTaiwan) -> None:
    Session().pull(HILL)
    assert taiwan.count(LISTED) == 0 == taiwan.count("/sii/")
    assert taiwan.count(OTC) == 1


def test_a_month_that_was_absent_on_an_earlier_pull_is_known_after_it(taiwan: LoopbackTaiwan) -> None:
    early = date(2026, 11, 18)  # after the deadline: October ought to be there
    taiwan.answers[LISTED] = answer(line("1101", "11509", "200", "100", "100", 出表日期="1151016"))
    session = Session()
    assert session.pull(RIVER, today=early)["1101.TW"]["status"] == "partial"
    taiwan.answers[LISTED] = answer(line("1101", "11510", "300", "200", "150"))
    session.pull(RIVER, today=TODAY)
    assert session.months_of("1101.TW")[OCT][2] == date(2026, 11, 19)
    assert session.months_of("1101.TW")[SEP][2] == date(2026, 10, 15)


def test_before_the_deadline_a_month_is_known_on_the_day_of_the_table(taiwan: LoopbackTaiwan) -> None:
    taiwan.answers[LISTED] = answer(line("1101", "11510", "300", "200", "150", 出表日期="1151107"))
    session = Session()
    session.pull(RIVER, today=date(2026, 11, 9))
    assert session.months_of("1101.TW")[OCT][2] == date(2026, 11, 7)
    implausible = Session()
    taiwan.answers[LISTED] = answer(line("1101", "11510", "300", "200", "150", 出表日期="1151031"))
    implausible.pull(RIVER, today=date(2026, 11, 9))
    assert implausible.months_of("1101.TW")[OCT][2] == date(2026, 11, 9)


def test_a_restated_month_is_a_second_row_known_on_the_day_it_was_seen(taiwan: LoopbackTaiwan) -> None:
    session = Session()
    session.pull(RIVER)
    later = date(2026, 12, 12)
    taiwan.answers[LISTED] = answer(line("1101", "11511", "400", "310", "160"))  # October was 300
    session.pull(RIVER, today=later)
    october = session.facts.filter(period_end=OCT).sort("known_at")
    assert october.select("revenue", "revenue_year_ago", "known_at").rows() == [
        (300_000.0, 150_000.0, date(2026, 11, 15)),
        (310_000.0, 150_000.0, later),
    ]
    taiwan.answers[LISTED] = answer(line("1101", "11511", "401", "310", "160"))
    session.pull(RIVER, today=date(2026, 12, 18))
    november = session.facts.filter(period_end=date(2026, 11, 30)).sort("known_at")
    assert november.select("revenue", "known_at").rows() == [
        (400_000.0, date(2026, 12, 12)),
        (401_000.0, date(2026, 12, 18)),
    ]


def test_a_company_that_no_board_names_is_not_covered(taiwan: LoopbackTaiwan) -> None:
    session = Session()
    outcomes = session.pull(company("9999.TW"))
    assert outcomes["9999.TW"]["status"] == "not_covered"
    assert taiwan.count(HISTORY) == 0
    assert session.facts.is_empty()


def test_months_missed_by_long_pauses_are_read_from_the_pages(taiwan: LoopbackTaiwan) -> None:
    taiwan.answers[LISTED] = answer(line("1101", "11507", "70", "60", "35", 出表日期="1150811"))
    taiwan.put_page("sii", date(2026, 6, 30), 0, ("1101", "60", "1", "30"))
    session = Session(months=2)
    session.pull(RIVER, today=date(2026, 8, 20))
    taiwan.answers[LISTED] = answer(line("1101", "11510", "300", "200", "150"))
    session.months = 6
    session.pull(RIVER)
    months = session.months_of("1101.TW")
    assert sorted(months) == [date(2026, 6, 30), JUL, AUG, SEP, OCT]
    assert months[AUG] == (100_000.0, 50_000.0, date(2026, 9, 15))
    assert taiwan.count("115_8_0") == 1 == taiwan.count("115_9_0")
    assert taiwan.count("115_6_") == 1
    assert taiwan.count("115_5_") == 0  # an answered company has its past


def test_pages_of_public_months_are_kept_on_disk(taiwan: LoopbackTaiwan, tmp_path: Path) -> None:
    first = Session(cache=tmp_path / "cache")
    first.pull(RIVER)
    pages = taiwan.count(HISTORY)
    second = Session(cache=tmp_path / "cache")
    second.pull(RIVER)
    assert taiwan.count(HISTORY) == pages == 2
    assert second.facts.equals(first.facts)
    next((tmp_path / "cache").rglob("*.gz")).write_bytes(b"torn")
    third = Session(cache=tmp_path / "cache")
    third.pull(RIVER)
    assert third.facts.equals(first.facts)
    assert taiwan.count(HISTORY) == 3
    third.pull(RIVER, is_full=True)
    assert taiwan.count(HISTORY) == 5


FAULTS = [
    pytest.param(Reply(429, b"slow down", {"Retry-After": "600"}), "rate_limited", 1, id="429"),
    pytest.param(Reply(500, b"oops"), "network", 2, id="500"),
    pytest.param(Reply(403, b"no"), "rate_limited", 1, id="403"),
    pytest.param(Reply(404, b"gone"), "bad_payload", 1, id="404"),
    pytest.param(Reply(is_dropped=True), "network", 2, id="dropped"),
    pytest.param(Reply(body=b"[{", is_cut=True), "network", 2, id="cut off in transport"),
    pytest.param(Reply(body=b"<html>maintenance</html>"), "bad_payload", 1, id="HTML"),
    pytest.param(Reply(body=b'[{"a": 1'), "bad_payload", 1, id="truncated JSON"),
    pytest.param(Reply(body=b"{}"), "bad_payload", 1, id="no list"),
    pytest.param(Reply(body=b"[1, 2]"), "bad_payload", 1, id="no records"),
    pytest.param(Reply(body=b'[{"Code": "1101", "Revenue": "3"}]'), "bad_payload", 1, id="changed fields"),
    pytest.param(Reply(body=b"[]"), "empty", 1, id="empty list"),
    pytest.param(Reply(hang_s=1.6), "timeout", 2, id="hang"),
]


@pytest.mark.parametrize(("reply", "status", "requests"), FAULTS)
def test_a_fault_of_the_newest_answer_is_an_outcome_and_costs_its_attempts(
    taiwan: LoopbackTaiwan, reply: Reply, status: str, requests: int
) -> None:
    taiwan.fail(LISTED, Reply(**{**vars(reply), "times": 10**9}))
    taiwan.fail("/sii/", Reply(404))
    session = Session()
    outcomes = session.pull(RIVER, HILL)
    assert outcomes["1101.TW"]["status"] == status
    assert outcomes["1101.TW"]["reason"]
    assert taiwan.count(LISTED) == requests
    assert outcomes["8101.TWO"]["status"] == "ok"  # the other board is not harmed
    assert session.facts.filter(ticker="1101.TW").is_empty()


HEALED = [fault for fault in FAULTS if fault.id != "hang"]


@pytest.mark.parametrize("reply", [f.values[0] for f in HEALED], ids=[str(f.id) for f in HEALED])
def test_a_healed_fault_heals_without_a_trace(taiwan: LoopbackTaiwan, reply: Any) -> None:
    session = Session()
    taiwan.fail("twse.com.tw", Reply(**{**vars(reply), "times": 10**9}))
    session.pull(RIVER)
    taiwan.faults.clear()
    assert session.pull(RIVER, today=TODAY + timedelta(days=5))["1101.TW"]["status"] == "ok"
    assert sorted(session.months_of("1101.TW")) == [AUG, SEP, OCT]


def test_a_failed_answer_is_asked_again_on_the_same_day(taiwan: LoopbackTaiwan) -> None:
    taiwan.fail(LISTED, Reply(429, times=2))
    taiwan.fail("/sii/", Reply(404, times=6))
    session = Session()
    assert session.pull(RIVER)["1101.TW"]["status"] == "rate_limited"
    assert session.pull(RIVER)["1101.TW"]["status"] == "ok"
    assert sorted(session.months_of("1101.TW")) == [AUG, SEP, OCT]


def test_without_the_newest_answer_the_pages_serve_the_month(taiwan: LoopbackTaiwan) -> None:
    taiwan.fail(LISTED, Reply(500))
    taiwan.put_page("sii", OCT, 0, ("1101", "300", "200", "150"))
    session = Session()
    outcome = session.pull(RIVER)["1101.TW"]
    assert outcome["status"] == "partial"
    assert "500" in outcome["reason"]
    assert session.months_of("1101.TW")[OCT] == (300_000.0, 150_000.0, date(2026, 11, 15))


def test_a_failed_page_leaves_a_gap_that_says_so_and_is_filled_the_next_day(taiwan: LoopbackTaiwan) -> None:
    taiwan.fail("115_8_0", Reply(body=b"<html>blocked</html>", times=1))
    taiwan.fail("115_8_1", Reply(404, times=1))
    session = Session()
    outcome = session.pull(RIVER)["1101.TW"]
    assert (outcome["status"], outcome["latest"]) == ("partial", OCT)
    assert "2026-08" in outcome["reason"]
    assert sorted(session.months_of("1101.TW")) == [SEP, OCT]
    pages = taiwan.count(HISTORY)
    assert session.pull(RIVER, today=TODAY + timedelta(days=1))["1101.TW"]["status"] == "ok"
    assert taiwan.count(HISTORY) == pages + 1
    assert session.months_of("1101.TW")[AUG] == (100_000.0, 50_000.0, date(2026, 9, 15))


PAGES = [
    pytest.param({"unit": "元"}, "thousands", id="another unit"),
    pytest.param({"is_whole": False}, "ends early", id="torn"),
]


@pytest.mark.parametrize(("more", "reason"), PAGES)
def test_a_page_in_another_unit_or_a_torn_one_is_not_a_month_without_companies(
    taiwan: LoopbackTaiwan, more: dict[str, Any], reason: str
) -> None:
    taiwan.put_page("sii", AUG, 0, ("7777", "100", "1", "50"), **more)
    taiwan.put_page("sii", AUG, 1, ("7778", "100", "1", "50"), **more)
    session = Session()
    outcome = session.pull(RIVER)["1101.TW"]
    assert outcome["status"] == "partial"
    assert reason in outcome["reason"]
    assert sorted(session.months_of("1101.TW")) == [SEP, OCT]


def test_a_page_of_another_month_is_never_taken(taiwan: LoopbackTaiwan) -> None:
    wrong = f"{HISTORY}/nas/t21/sii/t21sc03_115_9_0.html"
    taiwan.answers[wrong] = taiwan.answers[wrong.replace("115_9", "115_8")]
    session = Session()
    assert "115/8" in str(session.pull(RIVER)["1101.TW"]["reason"])
    assert session.months_of("1101.TW") == {
        AUG: (100_000.0, 50_000.0, date(2026, 9, 15)),
        OCT: (300_000.0, 150_000.0, date(2026, 11, 15)),
    }


def test_a_dead_history_host_costs_no_more_than_its_breaker(taiwan: LoopbackTaiwan) -> None:
    taiwan.fail(HISTORY, Reply(is_dropped=True))
    session = Session(months=14)
    outcomes = session.pull()
    assert {o["status"] for o in outcomes.values()} == {"partial"}
    assert sorted(session.months_of("1101.TW")) == [OCT]
    assert taiwan.count(HISTORY) <= QUICK.break_after * QUICK.attempts
    assert session.feed.report().broken == "network"


def test_one_bad_line_costs_one_company(taiwan: LoopbackTaiwan) -> None:
    taiwan.answers[LISTED] = answer(
        line("1101", "11510", "300", "200", "150"), line("1102", "11510", "three", "20", "15")
    )
    outcomes = Session().pull(RIVER, ISLE)
    assert outcomes["1101.TW"]["status"] == "ok"
    assert outcomes["1102.TW"]["status"] == "bad_payload"
    assert "three" in str(outcomes["1102.TW"]["reason"])


def test_no_revenue_is_no_row_and_never_zero(taiwan: LoopbackTaiwan) -> None:
    taiwan.answers[LISTED] = answer(
        line("1103", "11510", "-", "", "N/A"), line("1101", "11510", "0", "-", "")
    )
    taiwan.put_page("sii", SEP, 0)
    taiwan.put_page("sii", AUG, 0)
    session = Session()
    outcomes = session.pull(company("1103.TW"), RIVER)
    assert outcomes["1103.TW"]["status"] == "empty"
    assert session.months_of("1103.TW") == {}
    assert session.months_of("1101.TW")[OCT][:2] == (0.0, None)  # a stated zero is a figure


def test_a_stale_host_is_partial_and_the_pages_are_asked(taiwan: LoopbackTaiwan) -> None:
    taiwan.answers[LISTED] = answer(line("1101", "11507", "70", "60", "35", 出表日期="1150811"))
    session = Session()
    outcome = session.pull(RIVER)["1101.TW"]
    assert outcome["status"] == "partial"
    assert "2026-10 is public" in str(outcome["reason"])
    assert outcome["latest"] == SEP
