"""`explore`: the lake as a web app for people who look. It writes nothing."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from argparse import Namespace
from contextlib import suppress
from importlib.util import find_spec
from typing import Final

from jobs.errors import SettingsError
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

# What the extra `explore` brings.
PACKAGES: Final = ("starlette", "uvicorn", "cachetools", "PIL")
# The environment variable with a token that stays the same from start to start; it needs so many characters.
TOKEN: Final = "CONCEPTFREQ_TOKEN"
SHORTEST: Final = 16


def explore(settings: Settings, arguments: Namespace) -> int:
    """Serve the explorer until it is stopped. Its link is the one line on stdout."""
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise SettingsError(
            f"explore needs packages that are not installed ({', '.join(missing)}): python -m pip install"
            " 'conceptfreq[explore]'"
        )
    from jobs.explorer.app import make_app
    from jobs.explorer.guard import is_loopback
    from jobs.explorer.rendering import asset
    from jobs.explorer.serving import make_server
    from jobs.public import Run

    if settings.fit:
        # Bundling the charts holds Python's lock for a second: before anybody waits for a page.
        asset("charts.js")
    host = arguments.host
    token = None if is_loopback(host) else _token()
    app = make_app(Run(settings), arguments.images, token, host)
    with _listening(host, arguments.port) as listener:
        named = f"[{host}]" if ":" in host else host
        print(f"http://{named}:{listener.getsockname()[1]}/" + (f"?token={token}" if token else ""), flush=True)
        log.info("%s is open%s; Ctrl-C ends it", settings.name, "" if token is None else " to those who have this link")
        # Uvicorn passes on the signal that ended it.
        with suppress(KeyboardInterrupt):
            make_server(app).run(sockets=[listener])
    return 0


def _token() -> str:
    given = os.environ.get(TOKEN)
    if given is None:
        return secrets.token_urlsafe(32)
    if len(given) < SHORTEST or not given.isascii():
        raise SettingsError(f"{TOKEN}: a token has at least {SHORTEST} characters, all of them ASCII")
    return given


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"--host {host} --port {port}: cannot be listened on ({error.strerror or error}); --port 0 takes one that"
            " is free"
        ) from None
