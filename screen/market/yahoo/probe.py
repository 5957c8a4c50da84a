"""`probe`: does Yahoo answer, asked once and briefly."""

from __future__ import annotations

from dataclasses import dataclass

from screen.market.net.http import short_cause

__all__ = ["ProbeResult", "probe"]

PROBE_URL = "https://query1.finance.yahoo.com/v8/finance/chart/AAPL?range=1d&interval=1d"


@dataclass(frozen=True)
class ProbeResult:
    """Whether Yahoo answers, and if not why; `kind` is ok, rate_limited, network, timeout or bad_payload."""

    kind: str
    reason: str

    @property
    def is_ok(self) -> bool:
        """True when Yahoo answered with data."""
        return self.kind == "ok"


def probe(timeout_s: float = 3.0) -> ProbeResult:
    """Ask Yahoo for one bar with the client's own transport: one request, no retry."""
    from curl_cffi import requests
    from curl_cffi.requests import exceptions

    try:
        with requests.Session(impersonate="chrome") as session:
            answer = session.get(PROBE_URL, timeout=timeout_s)
    except exceptions.Timeout:
        return ProbeResult("timeout", f"no answer from Yahoo within {timeout_s:g} s")
    except exceptions.RequestException as error:
        return ProbeResult("network", f"Yahoo cannot be reached ({short_cause(error)})")
    if answer.status_code == 429:
        return ProbeResult("rate_limited", "Yahoo answered 429 Too Many Requests")
    if answer.status_code >= 400:
        return ProbeResult("network", f"Yahoo answered {answer.status_code}")
    if not answer.content.lstrip().startswith(b"{"):
        return ProbeResult("bad_payload", "something answered in Yahoo's place (not JSON)")
    return ProbeResult("ok", "Yahoo answers")
