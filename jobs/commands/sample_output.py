"""Writes samples batch by batch: as rows (CSV, JSON lines, Parquet), as keys, or with their images as a webdataset."""

from __future__ import annotations

import csv
import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import SettingsError
from jobs.results.samples.drawn_samples import DRAWN
from jobs.results.samples.webdataset import add_sample, with_images
from jobs.settings.corpora import Corpus

# Samples of one tar of a webdataset.
TAR_SAMPLES = 1_000

Write = Callable[[Corpus, pa.RecordBatch], None]


@contextmanager
def writer(format: str, output: str | None, root: Callable[[Corpus], str]) -> Iterator[Write]:
    """A function that writes batches of DRAWN, to stdout unless `output` names a file, or a folder for a webdataset.

    root: where a corpus's shards lie, from which a webdataset's images are read. Raises SettingsError if the output
    cannot be opened.
    """
    if output is None and format in ("parquet", "webdataset"):
        raise SettingsError(f"--format {format} needs --output")
    with ExitStack() as stack:
        try:
            write = _opened(format, output, root, stack)
        except OSError as error:
            # A reader of standard output that has closed it is no error of the settings.
            if output is None:
                raise
            raise SettingsError(f"--output {output}: cannot be written ({error.strerror or error})") from None
        yield write


def _opened(format: str, output: str | None, root: Callable[[Corpus], str], stack: ExitStack) -> Write:
    if format == "webdataset":
        assert output is not None
        return stack.enter_context(_webdataset(Path(output), root))
    if output is not None:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
    if format == "parquet":
        assert output is not None
        file = stack.enter_context(pq.ParquetWriter(output, DRAWN))
        return lambda _, batch: file.write_batch(batch)
    text = stack.enter_context(_text(output))
    return {"csv": _csv, "jsonl": _jsonl, "keys": _keys}[format](text)


@contextmanager
def _text(output: str | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    with Path(output).open("w", encoding="utf-8", newline="") as file:
        yield file


def _csv(file: IO[str]) -> Write:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(DRAWN.names)
    return lambda _, batch: rows.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _jsonl(file: IO[str]) -> Write:
    return lambda _, batch: file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in batch.to_pylist())


def _keys(file: IO[str]) -> Write:
    """One JSON list per line: corpus, shard, sample."""

    def write(_: Corpus, batch: pa.RecordBatch) -> None:
        columns = (batch[name].to_pylist() for name in ("corpus", "shard", "sample"))
        file.writelines(json.dumps(key, ensure_ascii=False) + "\n" for key in zip(*columns, strict=True))

    return write


@contextmanager
def _webdataset(folder: Path, root: Callable[[Corpus], str]) -> Iterator[Write]:
    """Tars of TAR_SAMPLES samples (jobs.results.samples.webdataset)."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SettingsError(f"--output {folder}: the folder is not empty")
    with ExitStack() as stack:
        written = 0
        tar: Any = None

        def write(corpus: Corpus, batch: pa.RecordBatch) -> None:
            nonlocal written, tar
            for row, content in with_images(root(corpus), batch.to_pylist()):
                if written % TAR_SAMPLES == 0:
                    stack.close()
                    tar = stack.enter_context(tarfile.open(folder / f"{written // TAR_SAMPLES:05}.tar", "w"))
                add_sample(tar, f"{written:09}", row, content)
                written += 1

        yield write
