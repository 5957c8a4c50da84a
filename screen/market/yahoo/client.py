"""The real yfinance client, made to fail loudly: typed faults, short timeouts, few attempts, one breaker."""

from __future__ import annotations

import copy
import os
import tempfile
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from screen.market.net.faults import FetchError
from screen.market.net.gate import Gate
from screen.market.net.http import short_cause
from screen.market.yahoo.envelope import require_no_error
from screen.market.yahoo.session import guarded_session
from screen.market.yahoo.settings import YahooSettings

__all__ = ["YahooClient"]


class YahooClient:
    """One session, one cookie and one crumb for a whole pull, on yfinance's `YfData`.

    Use as a context manager. Thread-safe; each thread keeps a connection of its own.

    Parameters
    ----------
    settings
        Rate and patience.
    sleep
        Replaces the waiting in tests.
    """

    def __init__(self, settings: YahooSettings, *, sleep: Callable[[float], object] | None = None) -> None:
        self.settings = settings
        self.gate = Gate("Yahoo", settings, sleep=sleep)
        self._lock = threading.Lock()
        self._is_renewed = False
        self._session = guarded_session(self.gate, settings)
        self._data = _bound_client(self._session)

    def __enter__(self) -> YahooClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get_json(self, url: str, params: dict[str, str]) -> tuple[Any, int]:
        """Return the decoded answer and the number of requests sent for it, at most ``attempts``.

        Notes
        -----
        A 401 is answered by yfinance with another crumb and one repeat. When that is refused too, cookie and
        crumb are thrown away, once in a pull, and fetched anew for the next attempt.

        Raises
        ------
        FetchError
            The request failed for good, Yahoo states an error in its answer, or the breaker is open (kind
            ``skipped``).
        """
        lane = "/".join(urlsplit(url).path.split("/")[1:4])
        return self.gate.ask(lambda: self._once(url, params), lane=lane)

    def _once(self, url: str, params: dict[str, str]) -> Any:
        from curl_cffi.requests import exceptions
        from pydantic_core import from_json
        from yfinance.exceptions import YFException, YFRateLimitError

        data = self._data
        try:
            answer = data.get(url, params=params, timeout=self.settings.timeout_s)
            answer.raise_for_status()
            body = from_json(answer.content)  # a quarter of the time of json.loads for ten years of bars
        except YFRateLimitError as error:
            raise FetchError("rate_limited", "Yahoo answered 429 Too Many Requests") from error
        except exceptions.HTTPError as error:
            raise self._refusal(data, error.response.status_code) from error
        except exceptions.Timeout as error:
            raise FetchError("timeout", f"no answer within {self.settings.timeout_s:g} s") from error
        except exceptions.RequestException as error:
            raise FetchError("network", f"Yahoo cannot be reached ({short_cause(error)})") from error
        except (YFException, ValueError) as error:
            raise FetchError("bad_payload", f"the answer cannot be read ({short_cause(error)})") from error
        require_no_error(body)
        return body

    def _refusal(self, used: Any, status: int) -> FetchError:
        """The fault of a second 401; the first to meet it throws cookie and crumb away."""
        reason = f"Yahoo refused the request ({status})"
        if status != 401:
            return FetchError("server" if status >= 500 else "refused", reason)
        with self._lock:
            if self._data is used and self._is_renewed:
                return FetchError("refused", reason)
            if self._data is used:
                self._is_renewed = True
                self._session.cookies.clear()
                self._data = _bound_client(self._session)
            return FetchError("stale", reason)


def _bound_client(session: Any) -> Any:
    """Return yfinance's data client on `session`: quiet, private cache, no state of an earlier pull."""
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # yfinance warns about pandas 4 on import, and installs a filter
        import yfinance
        from yfinance.cache import _CookieCacheManager
        from yfinance.data import SingletonMeta, YfData

    logger = logging.getLogger("yfinance")
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False
    yfinance.set_tz_cache_location(_cache_place())
    _CookieCacheManager._Cookie_cache = _Cookies()
    SingletonMeta._instances.pop(YfData, None)
    return YfData(session=session)


class _Cookies:
    """yfinance's cookie cache, in memory: it needs no disk, and no cookie outlives its pull."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def lookup(self, strategy: str) -> dict[str, Any] | None:
        """Return the cookies of `strategy` as yfinance keeps them; None for none."""
        kept = self._kept.get(strategy)
        return None if kept is None else {"cookie": copy.deepcopy(kept), "age": timedelta(0)}

    def store(self, strategy: str, cookie: Any) -> None:
        """Keep the cookies of `strategy`."""
        self._kept[strategy] = copy.deepcopy(cookie)


def _cache_place() -> str:
    """Where yfinance may keep files; nothing that is asked here is kept, so a full disk does no harm."""
    try:
        return _cache_folder().name
    except OSError:
        return str(Path(os.devnull) / "none")  # cannot be made: yfinance does without


@cache
def _cache_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of this process alone: yfinance's SQLite caches lock when processes share them."""
    return tempfile.TemporaryDirectory(prefix="supply-screen-", ignore_cleanup_errors=True)
