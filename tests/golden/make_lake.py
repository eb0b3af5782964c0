"""Make the lake of this release for later releases to read: `python tests/golden/make_lake.py`, once a schema version.

A text and image run over three small shards, without what its log of commits needs and nobody reads: about 100 KB.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))

import tiny  # noqa: E402

from jobs.core.session import get_session  # noqa: E402
from jobs.lake.tables import SCHEMA_VERSION  # noqa: E402
from jobs.settings.settings import Spark  # noqa: E402


def pack(lake: Path, target: Path) -> None:
    """The lake's tables as one zip; checksum files of the local file system are left out."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(lake.rglob("*")):
            if path.is_file() and path.suffix != ".crc":
                archive.write(path, path.relative_to(lake))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tiny.corpus(folder / "corpus", images=True)
        session = get_session(Spark(master="local[1]", conf={"spark.sql.shuffle.partitions": 1}))
        tiny.run_here(session, tiny.settings_dict(folder, images={"tagger": tiny.TAGGER, "batch_size": 4}))
        session.stop()
        pack(folder / "lake", HERE / f"lake-{SCHEMA_VERSION}.zip")
