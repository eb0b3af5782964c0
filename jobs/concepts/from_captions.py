"""Concepts from captions: the nouns that text search would find in them, with how many captions hold each.

Captions are read from their shards in this process, and no lake is needed: a set of 25,000 captions takes seconds.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator

from jobs.core.listing import list_shards, make_reader
from jobs.core.sections import noun_engine
from jobs.errors import ConceptfreqError
from jobs.settings.corpora import ShardSource
from jobs.settings.text_search import Captions
from udfs.shards.task import IngestTask
from udfs.statuses import FETCH_ERROR, NO_CAPTION, OK
from udfs.text.cleaning import searched_part
from udfs.text.nouns import noun_set

log = logging.getLogger(__name__)

# A long job says so often that it is still alive.
SAID_EACH = 100_000


def count_nouns(captions: Iterable[str], settings: Captions) -> list[tuple[str, int]]:
    """The nouns of captions with the number of captions that hold each, the most frequent first, equal ones by name.

    They are the keys of `match: strict`, cleaned and cut by the settings. Raises ConceptfreqError if there is none.
    """
    engine = noun_engine(settings)
    log.info("nouns by %s", engine.note)
    counts: Counter[str] = Counter()
    read = 0
    texts = (searched_part(caption, settings.cleans, settings.max_characters)[0] for caption in captions)
    for nouns in engine.find(texts):
        read += 1
        # A list's names are stripped when they are read.
        counts.update({key.strip() for key in noun_set(nouns, "strict")} - {""})
        if read % SAID_EACH == 0:
            log.info("%d captions, %d different nouns", read, len(counts))
    if not counts:
        raise ConceptfreqError(f"no noun is in {read:,} captions")
    log.info("%d captions, %d different nouns", read, len(counts))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def captions_of(source: ShardSource) -> Iterator[str]:
    """The captions of a corpus or an evaluation set, shard by shard.

    Samples without one are named in a warning after the last. Raises ConceptfreqError if a shard cannot be fetched.
    """
    listing, without = list_shards(source), Counter[str]()
    task = IngestTask(make_reader(source), listing.root)
    for shard in listing.shards:
        for batch in task.read(shard.name):
            for caption, status, detail in zip(
                *(batch[name].to_pylist() for name in ("caption", "status", "detail")), strict=True
            ):
                if status == FETCH_ERROR:
                    raise ConceptfreqError(f"{source.name}: shard {shard.name} cannot be read: {detail}")
                if caption is None:
                    without[NO_CAPTION if status == OK else status] += 1
                else:
                    yield caption
    for status, samples in sorted(without.items()):
        log.warning("%s: %d samples have no caption: %s", source.name, samples, status)
