"""An HTTPS proxy on 127.0.0.1 with a certificate of its own: the base of every stand-in for a data host.

The unmodified client reaches it through HTTPS_PROXY, and trusts it through the variables for certificates.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

__all__ = ["LoopbackHttps", "Reply", "point_at", "self_signed"]


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


def self_signed(folder: Path, hosts: Sequence[str], *, name: str) -> Path:
    """Write a certificate for `hosts` into `folder`; return its path (``NAME.pem``, its key beside it).

    The subject carries `name`: certificates of one subject cannot stand in one bundle.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"loopback {name}")])
    now = datetime.now(tz=UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return path


def point_at(url: str, pem: Path, patch: pytest.MonkeyPatch) -> None:
    """Send the requests of this process to the proxy at `url`, and trust its certificate."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        patch.setenv(name, url)
    for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        patch.setenv(name, str(pem))
    for name in ("NO_PROXY", "no_proxy"):
        patch.delenv(name, raising=False)


class LoopbackHttps:
    """The server; a stand-in says in `reply` what a request gets. A context manager."""

    idle_s = 1.0
    """Seconds that an idle connection keeps its thread."""

    def __init__(self, pem: Path) -> None:
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, pem.with_suffix(".key"))
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = stand_in.idle_s
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
                stand_in._serve(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                stand_in._serve(self)

            def setup(self) -> None:
                super().setup()
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

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

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply(self, host: str, path: str, headers: dict[str, str]) -> Reply:
        """Return what a request gets; header names are in lower case."""
        raise NotImplementedError

    def _serve(self, handler: Any) -> None:
        reply = self.reply(handler.host, handler.path, {k.lower(): v for k, v in handler.headers.items()})
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
            handler.close_connection = handler.close_connection or reply.is_cut
        except OSError:
            handler.close_connection = True
