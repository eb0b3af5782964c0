"""`explore`: the lake as a web app for people who look. It writes nothing."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from argparse import Namespace
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from jobs.errors import SettingsError
from jobs.settings.databricks import SIGNED_IN, app_port
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

# What the extra `explore` brings.
PACKAGES: Final = ("starlette", "uvicorn", "cachetools", "PIL")
HOST: Final = "127.0.0.1"
PORT: Final = 8765
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
    from jobs.core.opening import open_lake
    from jobs.explorer.app import make_app
    from jobs.explorer.rendering import asset
    from jobs.explorer.serving import make_server
    from jobs.public import Run

    door = _door(arguments)
    # A session is made, or refused, before anybody waits for a page.
    run = Run(settings, open_lake(settings).session)
    if settings.fit:
        # So is the bundle of the charts, which holds Python's lock for a second.
        asset("charts.js")
    app = make_app(run, arguments.images, door.token, door.host, door.signed_in)
    with _listening(door.host, door.port) as listener:
        named = f"[{door.host}]" if ":" in door.host else door.host
        token = f"?token={door.token}" if door.token else ""
        print(f"http://{named}:{listener.getsockname()[1]}/{token}", flush=True)
        log.info("%s is open%s; Ctrl-C ends it", settings.name, door.to_whom)
        # Uvicorn passes on the signal that ended it.
        with suppress(KeyboardInterrupt):
            make_server(app).run(sockets=[listener])
    return 0


@dataclass(frozen=True)
class _Door:
    """Where to listen, and for whom: whoever has the token, or the header of a platform; else this machine alone."""

    host: str
    port: int
    token: str | None = None
    signed_in: str | None = None

    @property
    def to_whom(self) -> str:
        if self.signed_in:
            return " to those whom the Databricks App lets in"
        return " to those who have this link" if self.token else ""


def _door(arguments: Namespace) -> _Door:
    from jobs.explorer.guard import is_loopback

    if arguments.behind:
        return _door_of_app(arguments)
    host = arguments.host or HOST
    port = PORT if arguments.port is None else arguments.port
    return _Door(host, port, None if is_loopback(host) else _token())


def _door_of_app(arguments: Namespace) -> _Door:
    """The door of a Databricks App. Raises SettingsError outside of one, and for options that it would not heed."""
    given = {"--host": arguments.host, "--port": arguments.port, TOKEN: os.environ.get(TOKEN)}
    if unheeded := [name for name, value in given.items() if value is not None]:
        raise SettingsError(
            f"--behind databricks: address and port are the app's, and nobody is asked for a token: leave out"
            f" {', '.join(unheeded)}, or --behind"
        )
    return _Door("0.0.0.0", app_port(), signed_in=SIGNED_IN)


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
