"""Writes the shards of a webdataset again, with the concepts that a search found in each sample in its .json.

The sampler of CABS (A. Ghosh et al., arXiv 2511.20643) reads `classes` there, and the caption from `caption`. A shard
has its usable samples alone, with their members byte for byte but for the .json. The same input gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast

import pyarrow as pa

from udfs import statuses
from udfs.shards.grouping import Group, Member
from udfs.shards.metadata import parsed
from udfs.shards.uris import CHUNK, gunzipped, is_gzip, join, open_shard
from udfs.shards.webdataset import WebDataset
from udfs.shards.whole_files import written_whole

# What was written of a shard: samples, those of them with a concept, and what was left out; or why nothing was.
WRITTEN: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("samples", pa.int64()),
        ("with_concepts", pa.int64()),
        ("left_out", pa.int64()),
        ("problem", pa.string()),
    ]
)
# The keys of a .json that belong to its classes, and would not fit other ones.
OF_CLASSES: Final = ("classes", "scores", "bounding_boxes")


class Concepts(NamedTuple):
    """The concepts found in a sample, and their scores in the same order, if the search has scores."""

    names: Sequence[str]
    scores: Sequence[float] | None


@dataclass(frozen=True)
class AnnotatedTarTask:
    """Rows of `counting.concepts_held.CONCEPTS_HELD` -> rows of WRITTEN: each shard is written from `root` to `target`.

    A partition is sorted by shard, and has a row for each shard to write; one without ordinals if nothing was found.
    names: those of the concepts, by number. scored: whether the search has scores.
    """

    reader: WebDataset
    root: str
    target: str
    names: tuple[str, ...]
    scored: bool

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for shard, rows in groupby(_rows(batches), key=lambda row: row["shard"]):
            yield pa.RecordBatch.from_pylist([self._write(shard, self._found(rows))], WRITTEN)

    def _found(self, rows: Iterator[dict[str, Any]]) -> dict[int, Concepts]:
        """The concepts of the samples of a shard that hold some, by ordinal."""
        found: dict[int, Concepts] = {}
        for row in rows:
            pairs = zip(row["ordinals"] or (), row["numbers"] or (), row["scores"] or repeat(0.0), strict=False)
            for ordinal, group in groupby(pairs, key=itemgetter(0)):
                held = list(group)
                names = [self.names[number] for _, number, _ in held]
                found[ordinal] = Concepts(names, [score for _, _, score in held] if self.scored else None)
        return found

    def _write(self, shard: str, found: dict[int, Concepts]) -> dict[str, Any]:
        try:
            return {"shard": shard, **write_annotated(self.reader, self.root, self.target, shard, found, self.scored)}
        # Shards come from the web. What is wrong with one of them must not keep the others from being written.
        except Exception as error:
            return {"shard": shard, "problem": f"{type(error).__name__}: {error}"}


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from (row for place in range(batch.num_rows) for row in batch.slice(place, 1).to_pylist())


def write_annotated(
    reader: WebDataset, root: str, target: str, shard: str, found: Mapping[int, Concepts], scored: bool
) -> dict[str, int]:
    """Write one shard; returns the numbers of WRITTEN. `found` has the concepts by the ordinals of ingestion.

    Raises OSError if a file cannot be read or written, ValueError if the shard has changed since it was ingested.
    """
    none = Concepts((), () if scored else None)
    samples = left_out = 0
    waiting = set(found)
    uri = join(root, shard)
    with ExitStack() as stack:
        source = stack.enter_context(open_shard(uri))
        zipped = is_gzip(source)
        bodies = gunzipped(source) if zipped else io.BufferedReader(source, CHUNK)
        tar = _tar(stack, stack.enter_context(written_whole(target, shard)), zipped)
        for ordinal, (sample, group) in enumerate(reader.assembled(uri)):
            if group is None or sample.status != statuses.OK:
                left_out += 1
                continue
            _copy(tar, bodies, group, sample.caption, found.get(ordinal, none))
            samples += 1
            waiting.discard(ordinal)
        if waiting:
            raise ValueError(f"it has changed since it was ingested: no sample {min(waiting)}; run `conceptfreq run`")
    return {"samples": samples, "with_concepts": len(found), "left_out": left_out}


def _tar(stack: ExitStack, file: Any, zipped: bool) -> tarfile.TarFile:
    """A tar that is written into an open file, compressed if its source was; times are left out of it."""
    if zipped:
        file = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
    return stack.enter_context(tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT))


def _copy(tar: tarfile.TarFile, bodies: Any, group: Group, caption: str | None, concepts: Concepts) -> None:
    """Add the members of a sample; its .json stays where it was, or becomes the last."""
    data = annotated_json(group.parts.get("json"), caption, concepts)
    has_json = False
    for member in group.kept:
        if _is_json(member, group):
            has_json = True
            _add(tar, member.name, len(data), io.BytesIO(data))
        else:
            assert member.place.offset is not None
            bodies.seek(member.place.offset)
            _add(tar, member.name, member.size, bodies)
    if not has_json:
        _add(tar, f"{group.key}.json", len(data), io.BytesIO(data))


def _is_json(member: Member, group: Group) -> bool:
    return member.name[len(group.key) :].lower() == ".json"


def _add(tar: tarfile.TarFile, name: str, size: int, body: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    tar.addfile(info, body)


def annotated_json(raw: bytes | None, caption: str | None, concepts: Concepts) -> bytes:
    """The .json `raw` of a sample (None: it has none) with these concepts; what is no JSON object is replaced.

    Other keys stay, and `caption` is added if there is none.
    """
    own: dict[str, Any] = {"classes": list(concepts.names)}
    if concepts.scores is not None:
        own["scores"] = list(concepts.scores)
    first = {} if caption is None else {"caption": caption}
    try:
        found = parsed(raw) if raw is not None else {}
        kept = {key: value for key, value in cast(dict[str, Any], found).items() if key not in OF_CLASSES}
        return json.dumps({**first, **kept, **own}).encode()
    # It is broken, no object, or nested more deeply than can be written.
    except (ValueError, AttributeError, RecursionError):
        return json.dumps({**first, **own}).encode()
