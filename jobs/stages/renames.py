"""Renamed shards: content in the lake under another name or time. Their rows follow; nothing is read or computed.

The content of a shard was noted when it was read (`udfs.shards.contents`). If a shard is no longer listed and a new one
has its size and content, the shard was renamed. If this is killed anywhere and started again, each row has one name.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.core import packing, shard_names
from jobs.core.contents import contents
from jobs.core.context import Context
from jobs.core.listing import ShardFile
from jobs.core.stage_specs import samples_spec
from jobs.lake import ledger_names
from jobs.lake.ledger import Unit
from jobs.lake.ledger_names import READ, Known
from jobs.settings.corpora import Corpus
from jobs.stages.registry import shard_stages

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Candidates:
    """Listed shards whose content may be in the lake: of `new` under another name, of `changed` under their own.

    `gone` has the ledger's rows of shards that are no longer listed, by name.
    """

    new: tuple[ShardFile, ...]
    changed: tuple[ShardFile, ...]
    read: Mapping[str, Mapping[str, Any]]
    gone: Mapping[str, Mapping[str, Any]]


def follow(context: Context, corpus: Corpus) -> None:
    """Let the rows of every stage follow those shards of the corpus of which only the name or time has changed.

    Raises LeaseHeld if there are such shards and another run works on one of these stages of the corpus.
    """
    held = _contents(context, corpus, _candidates(context, corpus))
    if not _known(_candidates(context, corpus), held):
        return
    stages = [stage.name for stage in shard_stages()]
    with shard_names.sole_writer(context, corpus.name, stages) as still_mine:
        known = _known(_candidates(context, corpus), held)
        renamed = {one.was: one.name for one in known if one.was != one.name}
        if renamed:
            shard_names.rename(context.lake, corpus.name, renamed, still_mine)
        still_mine()
        ledger_names.follow(context.lake, corpus.name, stages, known)
    _say(corpus, known, renamed)


def _candidates(context: Context, corpus: Corpus) -> _Candidates:
    """The candidates by size alone: no shard is opened."""
    done = context.ledger.done(corpus.name, READ, samples_spec(corpus).id)
    read = {shard: row for shard, row in done.items() if row["content"]}
    listed = context.listings.of(corpus).shards
    names = {shard.name for shard in listed}
    gone = {shard: row for shard, row in read.items() if shard not in names}
    sizes = {row["bytes"] for row in gone.values()}
    return _Candidates(
        new=tuple(shard for shard in listed if shard.name not in done and shard.bytes in sizes),
        changed=tuple(shard for shard in listed if shard.name in read and _only_time_differs(shard, read[shard.name])),
        read=read,
        gone=gone,
    )


def _only_time_differs(shard: ShardFile, row: Mapping[str, Any]) -> bool:
    return bool(row["fingerprint"] != shard.fingerprint and row["bytes"] == shard.bytes)


def _contents(context: Context, corpus: Corpus, found: _Candidates) -> dict[str, str]:
    units = [Unit(one.name, one.fingerprint, packing.work(one.bytes), one.bytes) for one in found.new + found.changed]
    return contents(context, corpus, units) if units else {}


def _known(found: _Candidates, held: Mapping[str, str]) -> list[Known]:
    """The candidates whose content, by name in `held`, is in the lake.

    If several new shards have the same content, each takes the rows of a different shard.
    """
    known = [
        Known(one.name, one.name, one.fingerprint, held[one.name])
        for one in found.changed
        if held.get(one.name) == found.read[one.name]["content"]
    ]
    gone = defaultdict(list)
    for shard, row in sorted(found.gone.items(), reverse=True):
        gone[row["bytes"], row["content"]].append(shard)
    for one in found.new:
        if same := gone[one.bytes, held.get(one.name)]:
            known.append(Known(same.pop(), one.name, one.fingerprint, held[one.name]))
    return known


def _say(corpus: Corpus, known: Sequence[Known], renamed: Mapping[str, str]) -> None:
    if renamed:
        was = min(renamed)
        log.info("%s: %d shards were renamed, as %s to %s", corpus.name, len(renamed), was, renamed[was])
    if len(known) > len(renamed):
        log.info("%s: %d shards have a new time and the same content", corpus.name, len(known) - len(renamed))
