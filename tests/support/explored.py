"""A small lake to be explored, made without Spark, and the explorer that serves it over HTTP."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import tiny
import yaml
from published_counts import add_counts, kept_lake
from pyspark.sql import SparkSession

from jobs.cli import main
from jobs.explorer.app import make_app
from jobs.explorer.serving import make_server
from jobs.lake.lake import Lake
from jobs.public import Run
from jobs.settings.loading import load_settings

# A caption and a name that would do harm in a page that takes them for HTML, and an address that would in a link.
CAPTION = (
    "a dog </p><script>document.title = 'harmed'</script><img src=x onerror=\"document.title='harmed'\"> \u202egod"
)
NAME = "<img src=x onerror=\"document.title='harmed'\">"
SCORES = {"dog": 0.9, "cat": 0.8, "bicycle": 0.6, "tiger": 0.5, "new_york": 0.4, "leaf": 0.3, "unicorn": 0.1}
FIT = {"protocols": ["default"]}


def explored_lake(folder: Path) -> Path:
    """Settings of the kept lake, with its corpus, a hostile caption, a hostile published name, and imported scores."""
    config = kept_lake(folder)
    tiny.corpus(folder / "corpus", images=True)
    given = yaml.safe_load(config.read_text()) | {"fit": FIT}
    config.write_text(yaml.safe_dump(given))
    lake = Lake(None, str(folder / "lake"))
    rows = lake.rows("samples", shard="00001.tar")
    for row in rows:
        if row["ordinal"] == 1:
            row["caption"] = CAPTION
    lake.replace_rows("samples", {"corpus": "tiny", "spec": rows[0]["spec"], "shard": "00001.tar"}, rows)
    add_counts(lake, "theirs", {"pets": {NAME: 7, "dog": 1_234}})
    lines = [f"quiz,{name},answerer,accuracy,{score}," for name, score in SCORES.items()]
    (folder / "scores.csv").write_text("\n".join(["set,concept,model,metric,value,samples", *lines]) + "\n")
    assert main(["import-scores", str(folder / "scores.csv"), "--config", str(config)]) == 0
    return config


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(frozen=True)
class Served:
    """An explorer that runs at a port of this machine."""

    port: int

    @property
    def address(self) -> str:
        """The address of its pages."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: object) -> Answer:
        """Ask for a page."""
        return self.ask("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path, None, headers)

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None) -> Answer:
        """Any request; the headers given take the place of usual ones."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return found


@contextmanager
def serving(
    config: Path,
    images: bool = True,
    token: str | None = None,
    host: str = "127.0.0.1",
    signed_in: str | None = None,
    session: SparkSession | None = None,
) -> Iterator[Served]:
    """The explorer of these settings, served by uvicorn in a thread of this process."""
    app = make_app(Run(load_settings(str(config)), session), images, token, host, signed_in)
    server = make_server(app)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Served(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
