"""Samples to be saved: as a list of keys, as rows, or as a webdataset with their images."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import parse_qs

from jobs.explorer.asked import BadRequest
from jobs.results.samples.drawn_samples import DRAWN, SampleKey
from jobs.results.samples.webdataset import SampleRow, as_tar
from jobs.results.snapshot import Snapshot

KEYS: Final = ("corpus", "shard", "sample")
# Samples of one selection, and the bytes of the form that names so many.
MOST: Final = 10_000
LARGEST_FORM: Final = 4 << 20
# The formats: the ending of the file, and its type.
FORMATS: Final = {
    "keys": (".keys.csv", "text/csv"),
    "csv": (".csv", "text/csv"),
    "webdataset": (".tar", "application/x-tar"),
}


def keys_of(form: bytes) -> tuple[str, list[SampleKey]]:
    """The format and the samples that a form names. Raises BadRequest, which says what is wrong with it."""
    try:
        given = parse_qs(form.decode("utf-8", "replace"), max_num_fields=MOST + 1)
    except ValueError:
        raise BadRequest(f"more than {MOST:,} samples: save fewer at a time") from None
    format = (given.get("format") or [""])[0]
    if format not in FORMATS:
        raise BadRequest(f"format: '{format[:20]}' is none of {', '.join(FORMATS)}")
    keys = [_key(text) for text in given.get("key", ())]
    if not keys:
        raise BadRequest("nothing is chosen: tick the samples that shall be saved")
    return format, list(dict.fromkeys(keys))


def _key(text: str) -> SampleKey:
    """A sample as the page names it: a JSON list of corpus, shard and ordinal."""
    try:
        corpus, shard, ordinal = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        corpus = shard = ordinal = None
    if not (isinstance(corpus, str) and isinstance(shard, str) and type(ordinal) is int and 0 <= ordinal < 1 << 32):
        raise BadRequest(f"key: '{text[:60]}' names no sample")
    return corpus, shard, ordinal


def written(snapshot: Snapshot, format: str, rows: Sequence[SampleRow]) -> Iterator[bytes]:
    """The file in pieces; rows by corpus, shard and ordinal."""
    if format == "webdataset":
        yield from as_tar(snapshot.images(rows))
        return
    columns = KEYS if format == "keys" else DRAWN.names
    yield from _csv(columns, rows)


def _csv(columns: Sequence[str], rows: Sequence[SampleRow]) -> Iterator[bytes]:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows([[row[name] for name in columns] for row in rows])
    yield text.getvalue().encode("utf-8", "replace")
