"""The curl_cffi session under yfinance: faults are named before yfinance can hide, repeat or keep them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from screen.market.net.faults import FetchError
from screen.market.net.gate import Gate
from screen.market.net.http import raise_for_status, short_cause
from screen.market.yahoo.settings import YahooSettings

__all__ = ["CookieDesk", "guarded_session"]

DATA_PATHS = ("/v7/finance/", "/v8/finance/", "/v10/finance/", "/fundamentals-timeseries/")
"""Requests for data. All others are for a cookie, a consent or a crumb, which yfinance can do without."""
WAYS = (
    ("fc.yahoo.com", "query1.finance.yahoo.com/v1/test/getcrumb"),
    ("guce.yahoo.com/consent", "query2.finance.yahoo.com/v1/test/getcrumb"),
)
"""yfinance's two ways to a crumb: the places that must answer."""
Send = Callable[[dict[str, Any]], Any]
"""send(options) -> answer: one request with these options on top."""
LONGEST_CRUMB = 40
"""Real crumbs have 11 characters; an error page or a message in their place is longer."""
NO_DATA = "Data doesn't exist"
"""How a chart of a period without trading is refused, with status 400."""


class CookieDesk:
    """The hosts that hand out cookie, consent and crumb: asked briefly, and not again once they fail.

    One that did not answer in time is not waited for again in this pull; one that answered with rubbish is
    asked at most `attempts` times. Thread-safe.
    """

    def __init__(self, settings: YahooSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}

    @property
    def timeout_s(self) -> float:
        """Longest wait for one answer."""
        return min(self.settings.timeout_s, self.settings.cookie_timeout_s)

    def is_shut(self, place: str) -> bool:
        """Return True when `place` is not worth another request in this pull."""
        return self._failures.get(place, 0) >= self.settings.attempts

    @property
    def is_barren(self) -> bool:
        """True when neither of yfinance's two ways to a crumb can succeed."""
        return all(any(self.is_shut(place) for place in way) for way in WAYS)

    def failed(self, place: str, *, is_silent: bool) -> None:
        """Note that `place` gave nothing of use; `is_silent`: it did not answer at all in time."""
        with self._lock:
            step = self.settings.attempts if is_silent else 1
            self._failures[place] = self._failures.get(place, 0) + step

    def served(self, place: str) -> None:
        """Note that `place` gave what it should."""
        with self._lock:
            self._failures[place] = 0


def guarded_session(gate: Gate, settings: YahooSettings) -> Any:
    """Return a curl_cffi session, with Chrome's handshake, that raises `FetchError` for failed data requests.

    Notes
    -----
    - 401 passes once to yfinance, which answers it with a new crumb and one repeat (see `YahooClient`).
    - libcurl silently repeats a request when a kept connection turns out to be dead; it is counted.
    - A fault of the cookie hosts is raised as curl's own error, which yfinance takes as "go on without".
    """
    from curl_cffi import CurlInfo, requests

    guard = _Guard(gate, settings)

    class Guarded(requests.Session[Any]):
        def request(self, method: Any, url: str, *args: Any, **options: Any) -> Any:
            send = super().request
            return guard.send(lambda limits: send(method, url, *args, **(options | limits)), url)

    return Guarded(impersonate="chrome", curl_infos=[CurlInfo.NUM_CONNECTS])


class _Guard:
    """What stands between yfinance and the network: data requests fail loudly, the others briefly."""

    def __init__(self, gate: Gate, settings: YahooSettings) -> None:
        self._gate = gate
        self._settings = settings
        self._desk = CookieDesk(settings)
        self._mine = threading.local()

    def send(self, once: Send, url: str) -> Any:
        """Return the answer that `once` gets from `url`."""
        is_data = any(part in urlsplit(url).path for part in DATA_PATHS)
        return self._data(once, url) if is_data else self._cookie(once, url)

    def _data(self, once: Send, url: str) -> Any:
        from curl_cffi.requests import exceptions

        limit = self._settings.timeout_s
        host = urlsplit(url).netloc
        was_open = host in self._open_hosts()
        self._gate.take_turn()
        try:
            answer = once({"timeout": limit})
        except exceptions.Timeout as error:
            raise FetchError("timeout", f"no answer within {limit:g} s") from error
        except exceptions.RequestException as error:
            self._open_hosts().discard(host)
            if was_open and _was_repeated(error):
                self._gate.count_repeat()
            raise FetchError("network", f"Yahoo cannot be reached ({short_cause(error)})") from error
        self._open_hosts().add(host)
        _raise_for_answer(answer)
        if answer.status_code == 401 and (self._settings.attempts < 2 or self._desk.is_barren):
            raise FetchError("refused", "Yahoo refused the request (401)")
        return answer

    def _cookie(self, once: Send, url: str) -> Any:
        from curl_cffi.requests import exceptions

        place = "{0.netloc}{0.path}".format(urlsplit(url))
        if self._desk.is_shut(place):
            raise exceptions.ConnectionError(f"{place} is not asked again")
        self._gate.take_turn(is_data=False)
        try:
            answer = once({"timeout": self._desk.timeout_s})
        except exceptions.RequestException as error:
            self._desk.failed(place, is_silent=isinstance(error, exceptions.Timeout))
            raise
        if place.endswith("/getcrumb") and not _is_crumb(answer):
            self._desk.failed(place, is_silent=False)
            raise exceptions.ConnectionError(f"{place} gave no crumb ({answer.status_code})")
        self._open_hosts().add(urlsplit(url).netloc)
        self._desk.served(place)
        return answer

    def _open_hosts(self) -> set[str]:
        """Hosts to which this thread keeps a connection."""
        if not hasattr(self._mine, "hosts"):
            self._mine.hosts = set()
        hosts: set[str] = self._mine.hosts
        return hosts


def _was_repeated(error: Any) -> bool:
    from curl_cffi import CurlInfo

    response = getattr(error, "response", None)
    return bool(response is not None and response.infos.get(CurlInfo.NUM_CONNECTS))


def _is_crumb(answer: Any) -> bool:
    """A message or a page kept as a crumb would spoil every later request."""
    text = answer.text.strip()
    return answer.status_code == 200 and 0 < len(text) <= LONGEST_CRUMB and not set(text) & set("<>{} ")


def _raise_for_answer(answer: Any) -> None:
    """Raise `FetchError` for a failed data request; 401 and a consent page are left to yfinance."""
    if answer.status_code == 404 and answer.content.lstrip()[:1] == b"<":
        raise FetchError("bad_payload", "something answered in Yahoo's place (404 and a page)")
    raise_for_status("Yahoo", answer.status_code, answer.headers)
    if answer.status_code in (400, 422):
        raise _bad_request(answer)
    if answer.status_code >= 400 and answer.status_code != 401:
        raise FetchError("refused", f"Yahoo refused the request ({answer.status_code})")
    host = urlsplit(str(answer.url)).hostname or ""
    if host.endswith("consent.yahoo.com"):
        return
    if answer.status_code < 400 and answer.content.lstrip()[:1] != b"{":
        what = "a page" if answer.content.lstrip()[:1] == b"<" else "not JSON"
        raise FetchError("bad_payload", f"the answer cannot be read ({what if answer.content else 'empty'})")


def _bad_request(answer: Any) -> FetchError:
    """400 is Yahoo's word for a chart without a day of trading too."""
    try:
        said = json.dumps(json.loads(answer.content))
    except ValueError:
        said = ""
    if NO_DATA in said:
        return FetchError("empty", "no trading in the period")
    return FetchError("refused", f"Yahoo refused the request ({answer.status_code})")
