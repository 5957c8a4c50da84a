"""A stand-in for the SEC's hosts on 127.0.0.1: an HTTPS proxy with its own certificate, which the unmodified client
reaches through HTTPS_PROXY. Companies and figures are made up."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

HOSTS = ("www.sec.gov", "data.sec.gov")
TICKERS = "www.sec.gov/files/company_tickers.json"


def facts_path(cik: int) -> str:
    return f"data.sec.gov/api/xbrl/companyfacts/CIK{cik:010d}.json"


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


@dataclass(frozen=True)
class Request:
    """What the server saw of one request."""

    address: str
    headers: dict[str, str]
    at: float


class LoopbackEdgar:
    """Serve `answers`: address without scheme -> body, with an ETag; every request is logged.

    `faults` come before the answers. A request whose If-None-Match is the body's ETag is answered with 304.
    """

    def __init__(self, pem: Path) -> None:
        self.answers: dict[str, bytes] = {}
        self.faults: list[tuple[str, Reply]] = []
        self.log: list[Request] = []
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, pem.with_suffix(".key"))
        edgar = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 0.15  # seconds that an idle connection keeps its thread
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
                edgar._serve(self)

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

    def __enter__(self) -> LoopbackEdgar:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def list_tickers(self, **numbers: int) -> None:
        """Serve the list of tickers: symbol -> CIK (``BRK_B`` for BRK-B)."""
        entries = {
            str(k): {"cik_str": cik, "ticker": symbol.replace("_", "-"), "title": symbol}
            for k, (symbol, cik) in enumerate(numbers.items())
        }
        self.answers[TICKERS] = json.dumps(entries).encode()

    def fail(self, address: str, reply: Reply) -> None:
        """Answer requests of `address` (``*``: any) with `reply`."""
        self.faults.append((address, reply))

    def count(self, address: str | None = None) -> int:
        """Return how many requests came, of one address or in all."""
        return sum(address in (None, request.address) for request in self.log)

    def _serve(self, handler: Any) -> None:
        address = handler.host + handler.path
        headers = {k.lower(): v for k, v in handler.headers.items()}
        with self._lock:
            self.log.append(Request(address, headers, time.monotonic()))
            reply = self._reply(address, headers)
        time.sleep(reply.hang_s)
        if reply.is_dropped:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            handler.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body)
            handler.wfile.flush()
            handler.close_connection = reply.is_cut
        except OSError:
            handler.close_connection = True

    def _reply(self, address: str, headers: dict[str, str]) -> Reply:
        for wanted, reply in self.faults:
            if wanted in ("*", address) and reply.times > 0:
                reply.times -= 1
                return reply
        body = self.answers.get(address)
        if body is None:
            return Reply(404, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>")
        tag = f'"{hash(body)}"'
        if headers.get("if-none-match") == tag:
            return Reply(304, headers={"ETag": tag})
        return Reply(200, body, headers={"ETag": tag, "Content-Type": "application/json"})


@contextmanager
def reachable(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[LoopbackEdgar]:
    """Run the server and point the environment of this process at it."""
    pem = _certificate(folder)
    with LoopbackEdgar(pem) as server:
        for name in ("HTTPS_PROXY", "https_proxy"):
            patch.setenv(name, server.url)
        for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            patch.setenv(name, str(pem))
        for name in ("NO_PROXY", "no_proxy"):
            patch.delenv(name, raising=False)
        yield server


def _certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback SEC")])
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
    path = folder / "edgar.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return path
