"""Moto's S3 with what S3 has and moto lacks, as a process: `python s3_server.py PORT KEY`.

A condition is checked in one step with what it allows, as requests come one at a time. A bucket whose name begins with
`public` takes only requests that nobody signed, any other only those that the key of that name signed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple


class Gate:
    """What stands before moto."""

    def __init__(self, application: Any, key: str) -> None:
        self._application = application
        self._signed = f"Credential={key}/"
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not self._may_pass(environ):
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>not with this signature</Message></Error>"]
        with self._one_at_a_time:
            return list(self._application(environ, start_response))

    def _may_pass(self, environ: dict[str, Any]) -> bool:
        signature = environ.get("HTTP_AUTHORIZATION", "")
        making_a_bucket = environ["REQUEST_METHOD"] == "PUT" and environ["PATH_INFO"].strip("/").count("/") == 0
        if environ["PATH_INFO"].startswith("/public") and not making_a_bucket:
            return not signature or "Credential=owner/" in signature
        return self._signed in signature or "Credential=owner/" in signature


if __name__ == "__main__":
    port, key = sys.argv[1:]
    moto = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", int(port), Gate(moto, key), threaded=True, request_handler=MotoRequestHandler)
