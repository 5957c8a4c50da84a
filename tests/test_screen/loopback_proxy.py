"""One HTTPS proxy on 127.0.0.1 in front of several stand-ins: each host goes to the server that plays it."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["LoopbackProxy"]

CHUNK = 65_536


class LoopbackProxy:
    """Forward CONNECT requests by the end of their host's name; any other host is refused with 502.

    Parameters
    ----------
    routes
        End of a host's name -> address of the stand-in, itself a proxy that answers CONNECT.
    """

    def __init__(self, routes: Mapping[str, str]) -> None:
        self.routes = {end: urlsplit(url).port or 0 for end, url in routes.items()}
        self.hosts: list[str] = []
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy._connect(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = False
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None: ...

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> LoopbackProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _connect(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(CHUNK)
            if not part:
                return
            head += part
        host = head.split(b" ", 2)[1].decode().rsplit(":", 1)[0]
        self.hosts.append(host)
        port = next((port for end, port in self.routes.items() if host.endswith(end)), 0)
        if not port:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", port)) as server:
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.sendall(head)
            _pump(client, server)


def _pump(client: socket.socket, server: socket.socket) -> None:
    """Copy both ways until one side closes."""
    other = {client: server, server: client}
    while True:
        for side in select.select([client, server], [], [])[0]:
            data = side.recv(CHUNK)
            if not data:
                return
            other[side].sendall(data)
