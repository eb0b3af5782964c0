"""One Spark Connect server for all tests of a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from connect_clients import CLIENT, connect_server
from entry_scripts import free_port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address."""
    if not CLIENT.exists():
        pytest.skip(f"no {CLIENT}: `make venv-connect` makes the environment with Spark's client only")
    with connect_server(tmp_path_factory.mktemp("server"), free_port()) as (address, _):
        yield address
