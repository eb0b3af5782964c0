"""One Spark Connect server for all tests of a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from connect_clients import connect_server, require_client
from entry_scripts import free_port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address."""
    require_client()
    with connect_server(tmp_path_factory.mktemp("server"), free_port()) as (address, _):
        yield address
