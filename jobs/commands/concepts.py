"""`concepts`: the nouns of captions or of prompts as a concept list."""

from __future__ import annotations

import logging
from argparse import Namespace

import pyarrow as pa

from jobs.commands.caption_lines import caption_lines
from jobs.commands.row_output import check_output, emit_table
from jobs.concepts.from_captions import captions_of, count_nouns
from jobs.core.sections import captions_section
from jobs.errors import ConceptfreqError, SettingsError
from jobs.settings.corpora import ShardSource
from jobs.settings.settings import Settings
from jobs.settings.storage import check_credentials, located

log = logging.getLogger(__name__)

# The first column is one that concept lists are read by.
LISTED = pa.schema([("concept", pa.string()), ("captions", pa.int64())])


def concepts(settings: Settings, arguments: Namespace) -> int:
    """Write the nouns with how many captions hold each, as CSV, the most frequent first; needs no lake and no Spark.

    Raises SettingsError if there is no such source or file, and ConceptfreqError if no noun is left.
    """
    captions = captions_section(settings)
    check_credentials(settings.storage)
    check_output("csv", arguments.output)
    if arguments.from_prompts:
        texts = caption_lines(located(arguments.from_prompts, settings.storage))
    else:
        texts = captions_of(_source(settings, arguments.from_captions))
    found = count_nouns(texts, captions)
    kept = [pair for pair in found if pair[1] >= arguments.min]
    if not kept:
        raise ConceptfreqError(f"no noun is in {arguments.min} captions or more: the most frequent is in {found[0][1]}")
    if len(kept) < len(found):
        log.info("%d nouns are in fewer than %d captions", len(found) - len(kept), arguments.min)
    names, counts = zip(*kept, strict=True)
    emit_table(pa.table([pa.array(names), pa.array(counts, pa.int64())], LISTED), "csv", arguments.output)
    return 0


def _source(settings: Settings, name: str) -> ShardSource:
    """The evaluation set or corpus of that name; a name that both have is the set's."""
    sources: list[ShardSource] = [*(settings.evaluate.sets if settings.evaluate else []), *settings.corpora]
    for source in sources:
        if source.name == name:
            return source
    known = ", ".join(source.name for source in sources) or "none"
    raise SettingsError(f"no evaluation set or corpus '{name}'; there are: {known}")
