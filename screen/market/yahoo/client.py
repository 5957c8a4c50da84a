"""The real yfinance client, made to fail loudly: typed faults, short timeouts, few attempts, one breaker."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ProbeResult", "YahooClient", "YahooError", "YahooSettings", "probe"]

DATA_PATHS = ("/v7/finance/", "/v8/finance/", "/v10/finance/", "/fundamentals-timeseries/")
"""Requests whose outcome counts. Cookie, consent and crumb requests keep yfinance's own handling:
fc.yahoo.com answers 404 by design."""
PROBE_URL = "https://query1.finance.yahoo.com/v8/finance/chart/AAPL?range=1d&interval=1d"
LONGEST_WAIT_S = 30.0
"""A Retry-After beyond this ends the attempts instead of holding the run."""
BREAK_AFTER = 3
"""Requests in a row that end refused (429) or unanswered before the host counts as closed or gone."""
RETRIED = ("rate_limited", "network", "timeout", "server")


class YahooSettings(BaseModel):
    """How politely and how patiently Yahoo is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout_s: float = Field(10.0, gt=0, description="Longest wait for one answer.")
    probe_timeout_s: float = Field(3.0, gt=0, description="Longest wait for the probe.")
    attempts: int = Field(3, ge=1, description="Tries for one request.")
    backoff_s: float = Field(0.5, ge=0, description="First wait between tries; doubles, with jitter.")
    workers: int = Field(4, ge=1, description="Requests at a time.")
    requests_per_second: float = Field(2.0, gt=0, description="Rate over all workers.")
    history_days: int = Field(1130, ge=120, description="Days of prices: three years and a month.")
    cache_dir: Path | None = Field(None, description="Folder that keeps the last successful pull.")


class YahooError(Exception):
    """One request failed; `kind` is a status of OUTCOMES, or ``server``.

    Not an OSError on purpose: yfinance takes those for passing trouble and hides them.
    """

    def __init__(self, kind: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.tries = 0


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
        return ProbeResult("network", f"Yahoo cannot be reached ({_short(error)})")
    if answer.status_code == 429:
        return ProbeResult("rate_limited", "Yahoo answered 429 Too Many Requests")
    if answer.status_code >= 400:
        return ProbeResult("network", f"Yahoo answered {answer.status_code}")
    if not answer.content.lstrip().startswith(b"{"):
        return ProbeResult("bad_payload", "something answered in Yahoo's place (not JSON)")
    return ProbeResult("ok", "Yahoo answers")


class YahooClient:
    """One session, one cookie and one crumb for a whole pull, on yfinance's `YfData`.

    Use as a context manager. Thread-safe.
    """

    def __init__(self, settings: YahooSettings) -> None:
        self.settings = settings
        self.requests = 0
        self._lock = threading.Lock()
        self._next = 0.0
        self._failures = 0
        self._last_kind = ""
        self._session = _guarded_session(self)
        self._data = _bound_client(self._session)

    def __enter__(self) -> YahooClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def broken(self) -> str:
        """Kind of the fault that opened the breaker (rate_limited, network, timeout), else empty."""
        return self._last_kind if self._failures >= BREAK_AFTER else ""

    def get_json(self, url: str, params: dict[str, str]) -> tuple[Any, int]:
        """Return the decoded answer and the number of tries, at most ``attempts``.

        Raises
        ------
        YahooError
            The request failed for good, or the breaker is open (kind ``skipped``).
        """
        for attempt in range(1, self.settings.attempts + 1):
            if self.broken:
                raise YahooError("skipped", f"not asked: Yahoo stopped answering ({self.broken})")
            try:
                answer = self._once(url, params)
            except YahooError as fault:
                fault.tries = attempt
                wait = self._wait(fault, attempt)
                if wait is None:
                    self._note(fault.kind)
                    raise
                time.sleep(wait)
            else:
                self._note("ok")
                return answer, attempt
        raise AssertionError("the last attempt returns or raises")

    def _once(self, url: str, params: dict[str, str]) -> Any:
        from curl_cffi.requests import exceptions
        from yfinance.exceptions import YFException, YFRateLimitError

        try:
            return self._data.get_raw_json(url, params=params, timeout=self.settings.timeout_s)
        except YFRateLimitError as error:
            raise YahooError("rate_limited", "Yahoo answered 429 Too Many Requests") from error
        except exceptions.HTTPError as error:
            raise YahooError("server", f"Yahoo refused the request ({_short(error)})") from error
        except exceptions.Timeout as error:
            raise YahooError("timeout", f"no answer within {self.settings.timeout_s:g} s") from error
        except exceptions.RequestException as error:
            raise YahooError("network", f"Yahoo cannot be reached ({_short(error)})") from error
        except (YFException, ValueError) as error:
            raise YahooError("bad_payload", f"the answer cannot be read ({_short(error)})") from error

    def _wait(self, fault: YahooError, attempt: int) -> float | None:
        if fault.kind not in RETRIED or attempt == self.settings.attempts:
            return None
        if fault.retry_after is not None:
            return fault.retry_after if fault.retry_after <= LONGEST_WAIT_S else None
        doubled: float = self.settings.backoff_s * 2.0 ** (attempt - 1)
        return min(LONGEST_WAIT_S, doubled * (0.5 + random.random()))

    def _note(self, kind: str) -> None:
        with self._lock:
            if kind in ("rate_limited", "network", "timeout"):
                self._failures += 1
                self._last_kind = kind
            elif not self.broken:
                self._failures = 0

    def take_turn(self) -> None:
        """Count a request and wait until the rate allows it."""
        with self._lock:
            now = time.monotonic()
            wait = max(0.0, self._next - now)
            self._next = max(now, self._next) + 1.0 / self.settings.requests_per_second
            self.requests += 1
        if wait:
            time.sleep(wait)


def _guarded_session(client: YahooClient) -> Any:
    """Return a curl_cffi session that raises `YahooError` for data requests before yfinance can hide it."""
    from curl_cffi import requests
    from curl_cffi.requests import exceptions

    class Guarded(requests.Session[Any]):
        def request(self, method: Any, url: str, *args: Any, **options: Any) -> Any:
            limit = client.settings.timeout_s
            options["timeout"] = min(options.get("timeout") or limit, limit)
            if not any(part in urlsplit(url).path for part in DATA_PATHS):
                return super().request(method, url, *args, **options)
            client.take_turn()
            try:
                answer = super().request(method, url, *args, **options)
            except exceptions.Timeout as error:
                raise YahooError("timeout", f"no answer within {limit:g} s") from error
            except exceptions.RequestException as error:
                raise YahooError("network", f"Yahoo cannot be reached ({_short(error)})") from error
            _raise_for_status(answer.status_code, answer.headers.get("Retry-After"))
            return answer

    return Guarded(impersonate="chrome")


def _raise_for_status(status: int, retry_after: str | None) -> None:
    """401 and 403 pass: yfinance answers them with a fresh cookie and crumb, once."""
    if status == 429:
        seconds = float(retry_after) if retry_after and retry_after.isdigit() else None
        raise YahooError("rate_limited", "Yahoo answered 429 Too Many Requests", retry_after=seconds)
    if status == 404:
        raise YahooError("not_found", "not found at Yahoo (404)")
    if status >= 500:
        raise YahooError("server", f"Yahoo answered {status}")


def _bound_client(session: Any) -> Any:
    """Return yfinance's data client on `session`: quiet, private cache, no state of an earlier pull."""
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # yfinance warns about pandas 4 on import, and installs a filter
        import yfinance
        from yfinance.data import SingletonMeta, YfData

    logger = logging.getLogger("yfinance")
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False
    yfinance.set_tz_cache_location(_cache_folder().name)
    SingletonMeta._instances.pop(YfData, None)
    return YfData(session=session)


@cache
def _cache_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of this process alone: yfinance's SQLite cache locks when processes share it."""
    return tempfile.TemporaryDirectory(prefix="supply-screen-", ignore_cleanup_errors=True)


def _short(error: Exception) -> str:
    """The cause in one line, without curl's preamble and its address for further reading."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line.split("curl: ")[-1].split(". See https://")[0][:120]
