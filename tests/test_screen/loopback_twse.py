"""Stand-ins for openapi.twse.com.tw, www.tpex.org.tw and mopsov.twse.com.tw on 127.0.0.1: an HTTPS proxy with its
own certificate, which the unmodified client reaches through HTTPS_PROXY. Companies and figures are made up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from loopback_https import LoopbackHttps, Reply, point_at, self_signed

LISTED = "openapi.twse.com.tw/v1/opendata/t187ap05_L"
OTC = "www.tpex.org.tw/openapi/v1/mopsfin_t187ap05_O"
HISTORY = "mopsov.twse.com.tw"
HOSTS = ("openapi.twse.com.tw", "www.tpex.org.tw", HISTORY)


def line(code: str, month: str, revenue: Any, previous: Any, year_ago: Any, **more: Any) -> dict[str, Any]:
    """One record of the newest answer, under the real field names."""
    return {
        "出表日期": "1151117",
        "資料年月": month,
        "公司代號": code,
        "公司名稱": f"虛構{code}",
        "產業別": "半導體業",
        "營業收入-當月營收": revenue,
        "營業收入-上月營收": previous,
        "營業收入-去年當月營收": year_ago,
        "營業收入-上月比較增減(%)": "1.0",
        "營業收入-去年同月增減(%)": "2.0",
        "累計營業收入-當月累計營收": "9",
        "累計營業收入-去年累計營收": "8",
        "累計營業收入-前期比較增減(%)": "12.5",
        "備註": "-",
    } | more


def answer(*lines: dict[str, Any]) -> bytes:
    return json.dumps(list(lines), ensure_ascii=False).encode()


def page(
    title: str,
    year: int,
    month: int,
    rows: Iterable[tuple[str, str, str, str]],
    *,
    unit: str = "千元",
    is_whole: bool = True,
    encoding: str = "cp950",
) -> bytes:
    """A history page: (code, revenue, previous, year ago) a company, in the layout of the real ones."""
    head = (
        "<html><head><meta http-equiv='Content-Type' content='text/html; charset=big5'></head><body><center>"
        f"<font size='5'><b>{title}公司{year}年{month}月份(累計與當月)營業收入統計表</b></font></center>"
        f"<div class=tt>出表日期：115/10/04<!--20:00:18--></div><table border=0><tr><th>產業別：半導體業</th>"
        f"<th align=right>單位：{unit}</th></tr><tr><td colspan=2><table border=5>"
        "<tr><th>公司<br>代號</th><th>公司名稱</th><th>當月營收</th><th>上月營收</th></tr>"
    )
    body = "".join(
        f"<tr align=right><td align=center>{code}</td><td>虛構碁{code}</td><td nowrap>   {revenue}</td>"
        f"<td>{previous}</td><td>{year_ago}</td><td>1.0</td><Td nowrap>2.0</td><td>9</td><td>8</td><td>&nbsp;</td>"
        f"<td align=left>-</td></tr>"
        for code, revenue, previous, year_ago in rows
    )
    total = "<tr align=right><th colspan=2>合計</th><td>9</td><td>9</td></tr></table></td></tr></table>"
    every = (
        f"<table><tr><th>全部國內{title}公司合計</th><td>9</td></tr></table></body></html>"
        if is_whole
        else ""
    )
    return (head + body + (total + every if is_whole else "")).encode(encoding)


class LoopbackTaiwan(LoopbackHttps):
    """Serve `answers`: address without scheme -> body, with `faults` before them; every request is logged."""

    def __init__(self, pem: Path) -> None:
        super().__init__(pem)
        self.answers: dict[str, bytes] = {}
        self.faults: list[tuple[str, Reply]] = []
        self.log: list[str] = []

    def fail(self, part: str, reply: Reply) -> None:
        """Answer requests whose address contains `part` with `reply`."""
        self.faults.append((part, reply))

    def count(self, part: str = "") -> int:
        """Return how many requests came to addresses that contain `part`."""
        return sum(part in address for address in self.log)

    def put_page(
        self, folder: str, end: date, kind: int, *rows: tuple[str, str, str, str], **more: Any
    ) -> None:
        title = {"sii": "上市", "otc": "上櫃"}[folder]
        year = end.year - 1911
        address = f"{HISTORY}/nas/t21/{folder}/t21sc03_{year}_{end.month}_{kind}.html"
        self.answers[address] = page(title, year, end.month, rows, **more)

    def reply(self, host: str, path: str, headers: dict[str, str]) -> Reply:
        """Return the fault of the address, else its answer."""
        address = host + path
        with self._lock:
            self.log.append(address)
            for part, reply in self.faults:
                if part in address and reply.times > 0:
                    reply.times -= 1
                    return reply
        body = self.answers.get(address)
        return Reply(404, b"not here") if body is None else Reply(body=body)


def certificate(folder: Path) -> Path:
    """Write a certificate for the three hosts into `folder`; return its path."""
    return self_signed(folder, HOSTS, name="taiwan")


@contextmanager
def reachable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackTaiwan]:
    """Start the stand-in and point the environment of the client at it."""
    pem = certificate(folder)
    with LoopbackTaiwan(pem) as taiwan:
        point_at(taiwan.url, pem, monkeypatch)
        yield taiwan
