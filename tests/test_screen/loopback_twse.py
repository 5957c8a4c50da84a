"""Stand-ins for openapi.twse.com.tw, www.tpex.org.tw and mopsov.twse.com.tw on 127.0.0.1: an HTTPS proxy with its
own certificate, which the unmodified client reaches through HTTPS_PROXY. Companies and figures are made up."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

LISTED = "openapi.twse.com.tw/v1/opendata/t187ap05_L"
OTC = "www.tpex.org.tw/openapi/v1/mopsfin_t187ap05_O"
HISTORY = "mopsov.twse.com.tw"
HOSTS = ("openapi.twse.com.tw", "www.tpex.org.tw", HISTORY)


@dataclass
class Reply:
    """One answer; `times` limits how often it is given before the usual one returns."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_s: float = 0.0
    is_dropped: bool = False
    is_cut: bool = False
    times: int = 10**9


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


class LoopbackTaiwan:
    """Serve `answers`: address without scheme -> body, with `faults` before them; every request is logged."""

    def __init__(self, pem: Path) -> None:
        self.answers: dict[str, bytes] = {}
        self.faults: list[tuple[str, Reply]] = []
        self.log: list[str] = []
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, pem.with_suffix(".key"))
        taiwan = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 2
            host = ""

            def log_message(self, *args: object) -> None: ...

            def do_CONNECT(self) -> None:
                self.host = self.path.rsplit(":", 1)[0]
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.rfile.close()
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb")
                self.close_connection = False

            def do_GET(self) -> None:
                taiwan._serve(self)

            def finish(self) -> None:
                try:
                    super().finish()
                except OSError:
                    pass
                finally:
                    self.connection.close()

        class Server(ThreadingHTTPServer):
            daemon_threads = False

            def handle_error(self, request: object, client_address: object) -> None: ...

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> LoopbackTaiwan:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

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

    def _serve(self, handler: Any) -> None:
        address = f"{handler.host}{handler.path}"
        with self._lock:
            self.log.append(address)
            reply = next((r for part, r in self.faults if part in address and r.times > 0), None)
            if reply is not None:
                reply.times -= 1
        if reply is None:
            body = self.answers.get(address)
            reply = Reply(404, b"not here") if body is None else Reply(body=body)
        if reply.hang_s:
            time.sleep(reply.hang_s)
        if reply.is_dropped:
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        handler.send_header("Content-Length", str(len(reply.body) + (99 if reply.is_cut else 0)))
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply.body)
        if reply.is_cut:
            handler.close_connection = True


def certificate(folder: Path) -> Path:
    """Write a self-signed certificate for the three hosts into `folder`; return its path (key beside it)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback Taiwan")])
    now = datetime.now(tz=UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(h) for h in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "taiwan.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def reachable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackTaiwan]:
    """Start the stand-in and point the environment of the client at it."""
    pem = certificate(folder)
    with LoopbackTaiwan(pem) as taiwan:
        for variable in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(variable, taiwan.url)
        for variable in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(variable, str(pem))
        for variable in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(variable, raising=False)
        yield taiwan
