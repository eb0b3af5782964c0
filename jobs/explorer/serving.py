"""The server of the explorer: uvicorn, which says nothing of requests, as their addresses may hold the token."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp


def make_server(app: ASGIApp) -> uvicorn.Server:
    """A server whose `run(sockets=[...])` answers until it is told to end."""
    return uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off", ws="none")
    )
