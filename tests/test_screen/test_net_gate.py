"""`Gate` and `Breaker`: waits are those asked for, and what keeps failing is left alone."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from screen.market.net import FetchError, Gate, Politeness
from screen.market.net.http import raise_for_status, retry_after_s

PATIENT = Politeness(attempts=3, backoff_s=0.5, longest_wait_s=60.0, requests_per_second=1e6)


class Waits:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def gate_of(politeness: Politeness = PATIENT) -> tuple[Gate, Waits]:
    waits = Waits()
    return Gate("Host", politeness, sleep=waits.sleep, clock=waits.clock), waits


def failing(gate: Gate, *faults: FetchError | None) -> object:
    """A request that fails as told, then answers "fine"."""
    told = iter(faults)

    def once() -> str:
        gate.take_turn()
        fault = next(told, None)
        if fault is not None:
            raise fault
        return "fine"

    return once


def limited(seconds: float | None = None) -> FetchError:
    return FetchError("rate_limited", "429", retry_after=seconds)


def test_retry_after_in_seconds_is_honoured() -> None:
    gate, waits = gate_of()
    assert gate.ask(failing(gate, limited(30.0), limited(30.0))) == ("fine", 3)  # type: ignore[arg-type]
    assert waits.slept == [30.0, 30.0]
    assert (gate.requests, gate.retries, gate.broken) == (3, 2, "")


@pytest.mark.parametrize("has_date", [True, False])
def test_retry_after_as_a_date_is_measured_by_the_hosts_clock(has_date: bool) -> None:
    now = datetime.now(tz=UTC).replace(microsecond=0)
    hosts = now - timedelta(hours=5) if has_date else now
    headers = {"Retry-After": format_datetime(hosts + timedelta(seconds=20), usegmt=True)}
    if has_date:
        headers["Date"] = format_datetime(hosts, usegmt=True)
    with pytest.raises(FetchError) as caught:
        raise_for_status("Host", 429, headers)
    gate, waits = gate_of()
    gate.ask(failing(gate, caught.value))  # type: ignore[arg-type]
    assert waits.slept == [pytest.approx(20.0, abs=0.0 if has_date else 2.0)]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0), (" 7 ", 7.0), ("", None), (None, None), ("soon", None), ("-3", None), ("²", None), ("1.5", None),
        ("Fri, 21 Nov 2026 10:00:30 GMT", 30.0), ("Fri, 21 Nov 2026 10:00:30 -0000", 30.0),
        ("Fri, 21 Nov 2026 09:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_retry_after_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, "Fri, 21 Nov 2026 10:00:00 GMT") == seconds


def test_a_wait_too_long_to_hold_a_run_closes_the_endpoint() -> None:
    gate, waits = gate_of()
    with pytest.raises(FetchError, match="429") as caught:
        gate.ask(failing(gate, limited(3600.0)), lane="a")  # type: ignore[arg-type]
    assert caught.value.tries == 1 and waits.slept == []
    with pytest.raises(FetchError, match="not asked") as skipped:
        gate.ask(failing(gate), lane="a")  # type: ignore[arg-type]
    assert (skipped.value.kind, skipped.value.tries, gate.requests) == ("skipped", 0, 1)
    assert gate.ask(failing(gate), lane="b") == ("fine", 1)  # type: ignore[arg-type]


def test_waits_double_with_jitter_and_a_refusal_waits_longer() -> None:
    for kind, first in (("server", 0.5), ("rate_limited", 5.0)):
        gate, waits = gate_of()
        gate.ask(failing(gate, FetchError(kind, "x"), FetchError(kind, "x")))  # type: ignore[arg-type]
        assert 0.5 * first <= waits.slept[0] <= 1.5 * first
        assert first <= waits.slept[1] <= 3 * first


def test_a_refusal_holds_every_worker_back() -> None:
    gate, waits = gate_of()
    meets = threading.Thread(target=lambda: gate._wait(_State(limited(12.0))))
    meets.start()
    meets.join()
    gate.take_turn()
    assert waits.slept == [12.0]


class _State:
    attempt_number = 1

    def __init__(self, fault: FetchError) -> None:
        self.outcome = self
        self.fault = fault

    def exception(self) -> FetchError:
        return self.fault


def test_three_refusals_in_a_row_close_the_host() -> None:
    gate, _ = gate_of()
    with pytest.raises(FetchError) as caught:
        gate.ask(failing(gate, *(limited(0.0) for _ in range(9))))  # type: ignore[arg-type]
    # one request alone says nothing about the others
    assert (caught.value.kind, caught.value.tries, gate.broken) == ("rate_limited", 3, "")
    with pytest.raises(FetchError) as caught:
        gate.ask(failing(gate, *(limited(0.0) for _ in range(9))))  # type: ignore[arg-type]
    assert (caught.value.kind, caught.value.tries, gate.broken) == ("rate_limited", 1, "rate_limited")
    with pytest.raises(FetchError, match=r"Host stopped answering \(rate_limited\)"):
        gate.ask(failing(gate))  # type: ignore[arg-type]
    assert gate.requests == 4


def test_refusals_that_were_on_their_way_together_count_once() -> None:
    gate, _ = gate_of()
    for request in range(8):
        gate.breaker.failed(request, "rate_limited", sent_in=0)
    assert gate.broken == ""
    gate.breaker.failed(1, "rate_limited", sent_in=1)
    gate.breaker.failed(1, "rate_limited", sent_in=2)
    assert gate.broken == "rate_limited"


def test_an_answer_clears_the_count_but_reopens_nothing() -> None:
    gate, _ = gate_of(PATIENT.model_copy(update={"attempts": 1}))

    def fail(kind: str) -> None:
        with pytest.raises(FetchError):
            gate.ask(failing(gate, FetchError(kind, kind)))  # type: ignore[arg-type]

    for _ in range(2):
        fail("timeout")
        fail("timeout")
        gate.ask(failing(gate))  # type: ignore[arg-type]
    assert gate.broken == ""
    fail("timeout")
    fail("not_found")
    fail("network")
    fail("network")
    assert gate.broken == ""
    fail("timeout")
    assert gate.broken == "timeout"
    gate.breaker.ended("ok", "")
    assert gate.broken == "timeout"


def test_an_endpoint_closes_alone_and_a_host_not_for_one_companys_500() -> None:
    gate, _ = gate_of(PATIENT.model_copy(update={"attempts": 1}))
    for _ in range(3):
        with pytest.raises(FetchError):
            gate.ask(failing(gate, FetchError("server", "500")), lane="a")  # type: ignore[arg-type]
    assert gate.broken == "" and gate.breaker.lane_kind("a") == "server"
    with pytest.raises(FetchError, match=r"such requests \(network\)"):
        gate.ask(failing(gate), lane="a")  # type: ignore[arg-type]
    assert gate.ask(failing(gate), lane="b") == ("fine", 1)  # type: ignore[arg-type]


def test_the_rate_spaces_requests() -> None:
    gate, waits = gate_of(PATIENT.model_copy(update={"requests_per_second": 2.0}))
    for _ in range(3):
        gate.take_turn()
    assert waits.slept == [pytest.approx(0.5), pytest.approx(0.5)]


def test_a_repeat_of_the_transport_counts_as_an_attempt() -> None:
    gate, _ = gate_of(PATIENT.model_copy(update={"attempts": 2}))

    def once() -> str:
        gate.take_turn()
        gate.count_repeat()
        raise FetchError("network", "dropped")

    with pytest.raises(FetchError) as caught:
        gate.ask(once)
    assert (caught.value.tries, gate.requests) == (2, 2)


def test_a_pull_given_up_ends_the_wait() -> None:
    gate = Gate("Host", PATIENT)
    threading.Timer(0.05, gate.stop).start()
    with pytest.raises(FetchError, match="given up"):
        gate.ask(failing(gate, limited(50.0), limited(50.0), limited(50.0)))  # type: ignore[arg-type]
