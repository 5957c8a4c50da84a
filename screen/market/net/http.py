"""`HttpClient`: plain GET requests to a keyless public source, with typed faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from screen.market.net.faults import FetchError
from screen.market.net.gate import Gate
from screen.market.net.politeness import Politeness

__all__ = ["HttpAnswer", "HttpClient", "raise_for_status", "retry_after_s", "short_cause"]

NOT_MODIFIED = 304

BLOCK_S = 600.0
"""A public host answers 403 to whom it has blocked for asking too much; the SEC lifts it after about ten
minutes, so the request is not repeated."""


@dataclass(frozen=True)
class HttpAnswer:
    """A good answer: 200, or 304 to a request with ``If-None-Match``."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    @property
    def is_unchanged(self) -> bool:
        """True when the host says that what we hold is still current."""
        return self.status == NOT_MODIFIED


class HttpClient:
    """GET requests to one host over curl_cffi, without a browser's disguise. Thread-safe; a context manager.

    Parameters
    ----------
    host
        Name for people.
    politeness
        Rate and patience.
    headers
        Sent with every request, e.g. the User-Agent that a host asks for.

    Notes
    -----
    ``HTTPS_PROXY`` and ``REQUESTS_CA_BUNDLE`` of the environment are honoured.
    """

    def __init__(
        self, host: str, politeness: Politeness, *, headers: Mapping[str, str] | None = None
    ) -> None:
        from curl_cffi import requests

        self.gate = Gate(host, politeness)
        self._session: Any = requests.Session(headers=dict(headers or {}))

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> tuple[HttpAnswer, int]:
        """Return the answer and the number of tries.

        Raises
        ------
        FetchError
            The request failed for good, or the breaker is open.
        """
        return self.gate.ask(lambda: self._once(url, headers))

    def _once(self, url: str, headers: Mapping[str, str] | None) -> HttpAnswer:
        from curl_cffi.requests import exceptions

        limit = self.gate.politeness.timeout_s
        self.gate.take_turn()
        try:
            answer = self._session.get(url, headers=dict(headers or {}), timeout=limit)
        except exceptions.Timeout as error:
            raise FetchError("timeout", f"no answer within {limit:g} s") from error
        except exceptions.RequestException as error:
            raise FetchError(
                "network", f"{self.gate.host} cannot be reached ({short_cause(error)})"
            ) from error
        raise_for_status(self.gate.host, answer.status_code, answer.headers)
        if answer.status_code == 403:
            raise FetchError(
                "rate_limited", f"{self.gate.host} refuses us for now (403)", retry_after=BLOCK_S
            )
        if answer.status_code >= 400:
            raise FetchError("network", f"{self.gate.host} refused the request ({answer.status_code})")
        return HttpAnswer(
            answer.status_code, answer.content, {k.lower(): v for k, v in answer.headers.items()}
        )


def raise_for_status(host: str, status: int, headers: Mapping[str, str]) -> None:
    """Raise `FetchError` for 404, 429 and 500 or above; other statuses are the caller's."""
    if status == 429:
        raise FetchError(
            "rate_limited",
            f"{host} answered 429 Too Many Requests",
            retry_after=retry_after_s(headers.get("Retry-After"), headers.get("Date")),
        )
    if status == 404:
        raise FetchError("not_found", f"not found at {host} (404)")
    if status >= 500:
        raise FetchError(
            "server",
            f"{host} answered {status}",
            retry_after=retry_after_s(headers.get("Retry-After"), headers.get("Date")),
        )


def retry_after_s(value: str | None, now: str | None = None) -> float | None:
    """Return the seconds of a ``Retry-After`` header: a number, or an HTTP date measured from `now`.

    Parameters
    ----------
    value
        The header.
    now
        The ``Date`` header of the same answer, so that the host's clock is compared with itself; the own
        clock without one.

    Missing data: None without a header, or with one that cannot be read.

    References: RFC 9110, section 10.2.3.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _http_date(text)
    if until is None:
        return None
    start = _http_date(now or "") or datetime.now(tz=UTC)
    return max(0.0, (until - start).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def short_cause(error: Exception) -> str:
    """The cause in one line, without curl's preamble and its address for further reading."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line.split("curl: ")[-1].split(". See https://")[0][:120]
