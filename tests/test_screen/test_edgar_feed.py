"""`EdgarFeed` through the real HTTP client on loopback: requests, faults, cache, due dates, names, rate."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from edgar_payloads import body, point
from loopback_edgar import TICKERS, LoopbackEdgar, Reply, facts_path, reachable

from exposures.errors import UsageError
from screen.market.edgar import EDGAR_POLITENESS, EdgarFeed
from screen.market.feed import Batch, Held, PullRequest
from screen.market.net.politeness import Politeness
from screen.market.protocol import Company
from screen.market.tables import PULLS, STATEMENTS

TODAY = date(2026, 11, 21)
CONTACT = "Jane Doe jane@example.org"
QUICK = Politeness(timeout_s=2.0, backoff_s=0.0, requests_per_second=1000.0, longest_wait_s=1.0)


def company(ticker: str, name: str = "Made Up") -> Company:
    return Company(ticker, name, "USD", "USD")


def facts(
    revenue: float = 1.0, *, cik: int, filed: str = "2026-11-01", entity: str = "MADE UP INC /DE/"
) -> bytes:
    points = [point("2026-06-30", revenue, filed, start="2026-04-01")]
    return body({"Revenues": points}, cik=cik, entity=entity)


@pytest.fixture
def sec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackEdgar]:
    """Four companies that file; the tests of other things than the rate need not wait for it."""
    monkeypatch.setattr("screen.market.edgar.feed.MAX_REQUESTS_PER_SECOND", QUICK.requests_per_second)
    with reachable(tmp_path, monkeypatch) as server:
        server.list_tickers(A=1, B=2, C=3, D=4, TSM=1046179)
        for cik in (1, 2, 3, 4):
            server.answers[facts_path(cik)] = facts(float(cik), cik=cik)
        yield server


def feed(folder: Path | None, politeness: Politeness = QUICK) -> EdgarFeed:
    return EdgarFeed(contact=CONTACT, cache_dir=folder, politeness=politeness)


def pull(
    source: EdgarFeed,
    *companies: Company,
    today: date = TODAY,
    held: pl.DataFrame | None = None,
    is_full: bool = False,
) -> list[Batch]:
    state = Held(pulls=PULLS.empty() if held is None else held)
    return list(source.pull(PullRequest(companies, today, state, is_full)))


def outcomes(batches: Sequence[Batch]) -> dict[str, tuple[str, str | None]]:
    return {str(row["ticker"]): (str(row["status"]), row["reason"]) for b in batches for row in b.outcomes}  # type: ignore[misc]


def log(batches: Sequence[Batch], day: date = TODAY) -> pl.DataFrame:
    """What the store would hold of the pull."""
    rows = [
        {**row, "pulled_at": day, "pull_id": day.isoformat()} for batch in batches for row in batch.outcomes
    ]
    return PULLS.frame(rows)


def test_one_request_for_the_list_and_one_a_company(sec: LoopbackEdgar, tmp_path: Path) -> None:
    source = feed(tmp_path)
    batches = pull(source, company("A"), company("B"))
    assert outcomes(batches) == {"A": ("ok", None), "B": ("ok", None)}
    assert [b.facts["statements"]["value"].to_list() for b in batches] == [[1.0], [2.0]]
    assert STATEMENTS.check(batches[0].facts["statements"])["ticker"].to_list() == ["A"]
    assert [b.outcomes[0]["latest"] for b in batches] == [date(2026, 11, 1)] * 2
    assert sec.count() == source.report().requests == 3
    assert [b.outcomes[0]["requests"] for b in batches] == [1, 1]


def test_the_server_sees_who_asks(sec: LoopbackEdgar, tmp_path: Path) -> None:
    pull(feed(tmp_path), company("A"))
    assert {request.headers["user-agent"] for request in sec.log} == {f"supply-screen {CONTACT}"}


@pytest.mark.parametrize("contact", ["", "   "])
def test_no_contact_is_a_usage_error_that_names_the_setting(contact: str) -> None:
    with pytest.raises(UsageError, match='"contact"') as raised:
        EdgarFeed(contact=contact)
    assert "SCREEN_CONTACT" in raised.value.fix


@pytest.mark.parametrize("contact", ["Zoë zoe@example.org", "a\r\nHost: b"])
def test_a_contact_that_no_header_can_carry_is_refused(contact: str) -> None:
    with pytest.raises(UsageError, match="ASCII"):
        EdgarFeed(contact=contact)


def test_a_rate_above_the_limit_is_refused() -> None:
    with pytest.raises(UsageError, match="10"):
        EdgarFeed(contact=CONTACT, politeness=Politeness(requests_per_second=10.5))
    assert EDGAR_POLITENESS.requests_per_second <= 10


def test_at_most_ten_requests_a_second_over_all_workers(sec: LoopbackEdgar, tmp_path: Path) -> None:
    sec.list_tickers(**{f"T{chr(65 + k)}": k for k in range(14)})
    for k in range(14):
        sec.answers[facts_path(k)] = facts(cik=k)
    source = feed(tmp_path, Politeness(requests_per_second=10.0, workers=8))
    pull(source, *(company(f"T{chr(65 + k)}") for k in range(14)))
    times = sorted(request.at for request in sec.log)
    assert len(times) == 15
    # arrival jitters by some milliseconds: eleven requests span the best part of a second
    assert min(b - a for a, b in zip(times, times[10:], strict=False)) > 0.9


def test_a_same_day_rerun_sends_nothing(sec: LoopbackEdgar, tmp_path: Path) -> None:
    companies = (company("A"), company("B"), company("NONE"), company("2382.TW"))
    source = feed(tmp_path)
    assert source.is_due(PullRequest(companies, TODAY))
    held = log(pull(source, *companies))
    sent = sec.count()
    assert not source.is_due(PullRequest(companies, TODAY, Held(held)))
    assert pull(source, *companies, held=held) == []
    assert sec.count() == sent
    assert source.report().requests == 0


def test_a_week_later_unchanged_answers_come_from_the_cache(sec: LoopbackEdgar, tmp_path: Path) -> None:
    first = pull(feed(tmp_path), company("A"))
    later = TODAY + timedelta(days=7)
    again = pull(feed(tmp_path), company("A"), today=later, held=log(first))
    assert [r.headers.get("if-none-match") is not None for r in sec.log] == [False, False, True, True]
    assert outcomes(again) == {"A": ("ok", None)}
    assert again[0].facts["statements"].equals(first[0].facts["statements"])  # seen_at stays the first day
    assert [path.suffix for path in (tmp_path / "edgar").iterdir()] == [".gz", ".gz"]


def test_a_changed_answer_replaces_the_cached_one(sec: LoopbackEdgar, tmp_path: Path) -> None:
    first = pull(feed(tmp_path), company("A"))
    sec.answers[facts_path(1)] = facts(5.0, cik=1, filed="2026-11-25")
    later = TODAY + timedelta(days=7)
    rows = pull(feed(tmp_path), company("A"), today=later, held=log(first))[0].facts["statements"]
    assert rows.select("value", "known_at", "seen_at").rows() == [(5.0, date(2026, 11, 25), later)]


def test_a_pull_in_full_asks_again(sec: LoopbackEdgar, tmp_path: Path) -> None:
    held = log(pull(feed(tmp_path), company("A")))
    pull(feed(tmp_path), company("A"), held=held, is_full=True)
    assert (sec.count(TICKERS), sec.count(facts_path(1))) == (2, 2)


@pytest.mark.parametrize(
    ("age_days", "filed", "is_due"),
    [
        (1, "2026-11-01", False),
        (6, "2026-11-01", False),
        (7, "2026-11-01", True),
        (1, "2026-08-20", True),  # 93 days after the last filing: the next one is due
        (0, "2026-08-20", False),  # but not twice a day
    ],
)
def test_what_is_young_is_not_asked_again(
    sec: LoopbackEdgar, tmp_path: Path, age_days: int, filed: str, is_due: bool
) -> None:
    sec.answers[facts_path(1)] = facts(cik=1, filed=filed)
    source = feed(tmp_path)
    held = log(
        pull(source, company("A"), today=TODAY - timedelta(days=age_days)), TODAY - timedelta(days=age_days)
    )
    assert source.is_due(PullRequest((company("A"),), TODAY, Held(held))) == is_due
    before = sec.count()
    pull(source, company("A"), held=held)
    assert (sec.count(facts_path(1)) > 1) == is_due
    assert (sec.count() > before) == is_due


def test_who_is_not_on_the_list_is_not_covered(sec: LoopbackEdgar, tmp_path: Path) -> None:
    batches = pull(feed(tmp_path), company("NONE"), company("2382.TW"), company("SU.PA"))
    told = outcomes(batches)
    assert {ticker: status for ticker, (status, _) in told.items()} == dict.fromkeys(
        ("NONE", "2382.TW", "SU.PA"), "not_covered"
    )
    assert "NONE is not on the SEC's list" in str(told["NONE"][1])
    assert sec.count() == 1  # the list


def test_companies_of_other_exchanges_cost_no_request(sec: LoopbackEdgar, tmp_path: Path) -> None:
    source = feed(tmp_path)
    assert not source.is_due(PullRequest((company("2382.TW"),), TODAY))
    assert outcomes(pull(source, company("2382.TW")))["2382.TW"][0] == "not_covered"
    assert sec.count() == 0


def test_a_foreign_filer_is_found_under_its_american_symbol(sec: LoopbackEdgar, tmp_path: Path) -> None:
    sec.answers[facts_path(1046179)] = body(
        {"Revenue": [point("2025-12-31", 3.8e12, "2026-04-16", start="2025-01-01", form="20-F")]},
        unit="TWD", namespace="ifrs-full", cik=1046179, entity="TAIWAN SEMICONDUCTOR MANUFACTURING CO LTD",
    )  # fmt: skip
    batches = pull(feed(tmp_path), company("2330.TW", "TSMC"))
    assert outcomes(batches) == {"2330.TW": ("ok", None)}
    rows = batches[0].facts["statements"].select("ticker", "currency", "period_type").rows()
    assert rows == [("2330.TW", "TWD", "FY")]


def test_another_companys_figures_are_not_used(sec: LoopbackEdgar, tmp_path: Path) -> None:
    sec.answers[facts_path(1)] = facts(cik=1, entity="INTERCONTINENTAL EXCHANGE, INC.")
    batches = pull(feed(tmp_path), company("A", "Dell Technologies"))
    status, reason = outcomes(batches)["A"]
    assert status == "not_covered"
    assert "INTERCONTINENTAL EXCHANGE, INC." in str(reason) and "Dell Technologies" in str(reason)
    assert batches[0].facts == {}
    assert not (tmp_path / "edgar" / "CIK0000000001.gz").exists()


def test_an_answer_about_another_number_is_not_used(sec: LoopbackEdgar, tmp_path: Path) -> None:
    sec.answers[facts_path(1)] = facts(cik=77)
    assert outcomes(pull(feed(tmp_path), company("A")))["A"][0] == "bad_payload"


FAULTS = {
    "404": (Reply(404), "not_found", 1),
    "429": (Reply(429, headers={"Retry-After": "0"}), "rate_limited", 3),
    "429 for long": (Reply(429, headers={"Retry-After": "600"}), "rate_limited", 1),
    "403": (
        Reply(403, b"<html>Your Request Originates from an Undeclared Automated Tool"),
        "rate_limited",
        1,
    ),
    "500": (Reply(500), "network", 3),
    "dropped": (Reply(is_dropped=True), "network", 3),
    "cut": (Reply(200, b'{"facts": {}}' * 99, is_cut=True), "network", 3),
    "truncated": (Reply(200, b'{"cik":1,"facts":{"us-gaap":{"Reve'), "bad_payload", 1),
    "html": (Reply(200, b"<html>maintenance</html>"), "bad_payload", 1),
    "empty": (Reply(200, b""), "bad_payload", 1),
    "304 out of nowhere": (Reply(304), "bad_payload", 1),
    "no facts": (Reply(200, b'{"cik":1,"entityName":"Made Up","facts":{}}'), "empty", 1),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_outcome_and_heals(sec: LoopbackEdgar, tmp_path: Path, name: str) -> None:
    reply, status, requests = FAULTS[name]
    sec.fail(facts_path(1), reply)
    source = feed(tmp_path)
    batches = pull(source, company("A"), company("B"))
    told = outcomes(batches)
    assert told["A"][0] == status
    assert told["A"][1]
    assert told["B"] == ("ok", None)
    assert sec.count(facts_path(1)) == batches[0].outcomes[0]["requests"] == requests
    assert batches[0].facts == {}
    reply.times = 0  # the fault heals: the same process asks again and gets the figures
    healed = pull(
        source,
        company("A"),
        held=log(batches).filter(pl.col("status") != "empty"),
        is_full=status in ("not_found", "empty"),
    )
    assert outcomes(healed) == {"A": ("ok", None)}


def test_a_hang_is_bounded(sec: LoopbackEdgar, tmp_path: Path) -> None:
    sec.fail(facts_path(1), Reply(hang_s=0.6, times=1))
    quick = QUICK.model_copy(update={"timeout_s": 0.2, "attempts": 1})
    assert outcomes(pull(feed(tmp_path, quick), company("A")))["A"][0] == "timeout"


def test_retry_after_is_waited_for(sec: LoopbackEdgar, tmp_path: Path) -> None:
    sec.fail(facts_path(1), Reply(429, headers={"Retry-After": "1"}, times=1))
    source = feed(tmp_path)
    assert outcomes(pull(source, company("A"))) == {"A": ("ok", None)}
    times = [request.at for request in sec.log if request.address == facts_path(1)]
    assert times[1] - times[0] >= 1.0
    assert source.report().retries == 1


def test_a_block_stops_the_pull_after_a_few_requests(sec: LoopbackEdgar, tmp_path: Path) -> None:
    names = [f"T{chr(65 + k)}" for k in range(12)]
    sec.list_tickers(**{name: k for k, name in enumerate(names)})
    for k in range(12):
        sec.fail(facts_path(k), Reply(403))
    one = QUICK.model_copy(update={"workers": 1})
    source = feed(tmp_path, one)
    told = outcomes(pull(source, *(company(name) for name in names)))
    statuses = [status for status, _ in told.values()]
    assert statuses == ["rate_limited"] * 3 + ["skipped"] * 9
    assert source.report().broken == "rate_limited"
    assert sec.count() == 4  # the list and three


def test_without_the_list_nobody_is_asked(sec: LoopbackEdgar, tmp_path: Path) -> None:
    sec.fail(TICKERS, Reply(200, b"<html>"))
    told = outcomes(pull(feed(tmp_path), company("A"), company("B"), company("2382.TW")))
    assert told["A"][0] == told["B"][0] == "bad_payload"
    assert "list of tickers" in str(told["A"][1])
    assert told["2382.TW"][0] == "not_covered"
    assert sec.count() == 1


def test_an_old_list_serves_when_the_sec_refuses_a_new_one(sec: LoopbackEdgar, tmp_path: Path) -> None:
    pull(feed(tmp_path), company("A"))
    sec.fail(TICKERS, Reply(404))
    later = TODAY + timedelta(days=30)
    assert outcomes(pull(feed(tmp_path), company("A"), today=later)) == {"A": ("ok", None)}


def test_the_list_is_asked_for_once_a_week(sec: LoopbackEdgar, tmp_path: Path) -> None:
    for day in (0, 1, 6, 7):
        pull(feed(tmp_path), company("A"), today=TODAY + timedelta(days=day))
    assert sec.count(TICKERS) == 2


def test_a_corrupt_cache_is_asked_for_whole(sec: LoopbackEdgar, tmp_path: Path) -> None:
    pull(feed(tmp_path), company("A"))
    kept = tmp_path / "edgar" / "CIK0000000001.gz"
    for broken in (b"", b"no gzip", kept.read_bytes()[:-20], gzip.compress(b"[]\n{}")):
        kept.write_bytes(broken)
        assert outcomes(pull(feed(tmp_path), company("A"))) == {"A": ("ok", None)}
    assert all("if-none-match" not in r.headers for r in sec.log if r.address == facts_path(1))


def test_no_cache_folder_and_one_that_cannot_be_written_still_pull(
    sec: LoopbackEdgar, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for folder in (None, file):
        assert outcomes(pull(feed(folder), company("A"))) == {"A": ("ok", None)}


def test_lost_points_are_told(sec: LoopbackEdgar, tmp_path: Path) -> None:
    good = point("2026-09-30", 1.0, "2026-11-01", start="2026-07-01")
    sec.answers[facts_path(1)] = body({"Revenues": [good, {**good, "val": None}]}, cik=1)
    batches = pull(feed(tmp_path), company("A"))
    assert outcomes(batches)["A"] == ("partial", "1 points could not be read and are left out")
    assert batches[0].facts["statements"].height == 1


def test_progress_and_an_early_end(sec: LoopbackEdgar, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    wanted = tuple(company(ticker) for ticker in "ABCD")
    request = PullRequest(wanted, TODAY, progress=lambda done, total, what: seen.append((done, total, what)))
    source = feed(tmp_path)
    batches = source.pull(request)
    first = next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert first.outcomes[0]["ticker"] == "A"
    assert source.report().requests == sec.count()
    assert list(source.pull(request))[-1].outcomes[0]["ticker"] == "D"
    assert seen[-1] == (4, 4, "D")


def test_the_store_takes_each_row_once(sec: LoopbackEdgar, tmp_path: Path) -> None:
    from screen.market.pull import pull as pull_into
    from screen.market.store import MarketStore

    store = MarketStore(tmp_path / "store")
    wanted = [company("A"), company("B"), company("2382.TW")]
    source = feed(tmp_path)
    pull_into(store, [source], wanted, today=TODAY)
    first = store.facts("statements", ["A", "B"])
    assert first["value"].to_list() == [1.0, 2.0]
    assert pull_into(store, [source], wanted, today=TODAY).requests == 0
    sec.answers[facts_path(1)] = body(
        {"Revenues": [point("2026-06-30", v, day, start="2026-04-01") for v, day in ((1.0, "2026-11-01"), (1.5, "2026-11-25"))]},
        cik=1,
    )  # fmt: skip
    later = TODAY + timedelta(days=7)
    pull_into(store, [source], wanted, today=later)
    grown = store.facts("statements", ["A", "B"])
    assert grown.filter(pl.col("ticker") == "A").select("value", "seen_at").rows() == [
        (1.0, TODAY),
        (1.5, later),
    ]
    assert grown.filter(pl.col("ticker") == "B").equals(first.filter(pl.col("ticker") == "B"))
