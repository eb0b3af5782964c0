"""A proxy before an S3 server that makes trouble: 403, 503, connections that are reset, answers that trickle."""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from entry_scripts import LOOPBACK

TROUBLES = ("503", "reset", "cut", "slow")
CODES = {"403": "AccessDenied", "503": "SlowDown"}


@dataclass
class Trouble:
    """What befalls requests: any of TROUBLES with this probability, and 403 for paths with one of these endings."""

    share: float = 0.0
    refused: tuple[str, ...] = ()
    seed: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._drawn = random.Random(self.seed)
        self._one_at_a_time = threading.Lock()

    def of(self, path: str) -> str | None:
        """What befalls this request."""
        with self._one_at_a_time:
            drawn = self._drawn.choice(TROUBLES) if self._drawn.random() < self.share else None
            found = "403" if self.refused and urlsplit(path).path.endswith(self.refused) else drawn
            if found:
                self.seen[found] += 1
            return found


@contextmanager
def proxy(server: str, trouble: Trouble) -> Iterator[str]:
    """The address of a proxy for the server at this address."""
    target = urlsplit(server).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            found = trouble.of(self.path)
            if found in CODES:
                body = f"<Error><Code>{CODES[found]}</Code><Message>{found}</Message></Error>".encode()
                self.answer(int(found), [("Content-Type", "application/xml")], body)
            elif found == "reset":
                # The kernel sends RST instead of FIN.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
            else:
                self.pass_on(found)

        do_GET = do_HEAD = forward

        def pass_on(self, found: str | None) -> None:
            upstream = http.client.HTTPConnection(target)
            upstream.request(self.command, self.path, headers=dict(self.headers))
            answer = upstream.getresponse()
            self.answer(answer.status, answer.getheaders(), answer.read(), found)
            upstream.close()

        def answer(self, status: int, headers: list[tuple[str, str]], body: bytes, found: str | None = None) -> None:
            own = ("connection", "content-length", "transfer-encoding", "date", "server")
            length = {name.lower(): value for name, value in headers}.get("content-length", str(len(body)))
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in own:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command == "HEAD":
                return
            if found == "cut":
                # The connection ends before the announced length.
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif found == "slow":
                for start in range(0, len(body), max(1, len(body) // 16)):
                    self.wfile.write(body[start : start + max(1, len(body) // 16)])
                    time.sleep(0.02)
            else:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Running(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Clients go away when they have what they wanted."""

    running = Running((LOOPBACK, 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{running.server_address[1]}"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()
