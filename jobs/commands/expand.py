"""`expand`: aliases from WordNet for the concepts of a list, as a list that a person edits."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from jobs.concepts.expansion import expand_list
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import SettingsError
from jobs.results.samples.name_counts import counts_if_indexed
from jobs.settings.corpora import ConceptList
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def expand(settings: Settings, arguments: Namespace) -> int:
    """Write a list with the words that WordNet has for each concept, and their frequencies if samples are indexed."""
    target = Path(arguments.output)
    if target.exists():
        raise SettingsError(f"--output {target}: it is there already, and may hold what somebody edited: name another")

    def opened() -> Context:
        return Context.looking(settings, open_to_read(settings), "expand")

    def count(names: Sequence[str]) -> Mapping[str, int | None]:
        return counts_if_indexed(settings, opened, names, arguments.search, arguments.threshold, arguments.corpus)

    text, proposals = expand_list(_source(settings, arguments), arguments.wordnet, count)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    log.info(
        "%d concepts: %d with one sense, %d with several or none; %d aliases and %d kinds are proposed: edit %s",
        len(proposals), sum(one.sense is not None for one in proposals), sum(one.sense is None for one in proposals),
        sum(len(one.aliases) for one in proposals), sum(len(one.kinds) for one in proposals), target,
    )  # fmt: skip
    return 0


def _source(settings: Settings, arguments: Namespace) -> ConceptList:
    """The list of the settings, or the file with names."""
    if (arguments.list is None) == (arguments.names is None):
        raise SettingsError("name a concept list of the settings, or a file by --names")
    if arguments.names is not None:
        return ConceptList(name=arguments.names, file=arguments.names)
    return settings.concept_list(arguments.list)
