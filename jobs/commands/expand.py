"""`expand`: aliases from WordNet for the concepts of a list, as a list that a person edits."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from jobs.concepts.expansion import as_yaml, propose
from jobs.concepts.lists import read_list
from jobs.concepts.wordnet import IMAGENET, WordNet
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.samples.indexed import chosen_threshold
from jobs.results.samples.name_counts import count_names
from jobs.settings.corpora import ConceptList
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


def expand(settings: Settings, arguments: Namespace) -> int:
    """Write a list with the words that WordNet has for each concept, and their frequencies if samples are indexed."""
    target = Path(arguments.output)
    if target.exists():
        raise SettingsError(f"--output {target}: it is there already, and may hold what somebody edited: name another")
    source, wordnet = _source(settings, arguments), WordNet(arguments.wordnet)
    listed = read_list(source)
    proposals = propose(listed, wordnet)
    if wordnet.version != IMAGENET and listed.synsets:
        log.warning("this is WordNet %s: ImageNet's ids are those of %s, and differ", wordnet.version, IMAGENET)
    names = list(dict.fromkeys(name for one in proposals for name in one.names))
    frequencies = _frequencies(settings, names, arguments)
    lines = [f"# {arguments.list or arguments.names}, with aliases from WordNet {wordnet.version}: docs/definitions.md"]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join([*lines, *as_yaml(proposals, frequencies)]) + "\n", encoding="utf-8")
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
        return ConceptList(name="names", file=arguments.names)
    for source in settings.concepts:
        if source.name == arguments.list:
            return source
    known = ", ".join(source.name for source in settings.concepts) or "none"
    raise SettingsError(f"no concept list '{arguments.list}'; lists: {known}")


def _frequencies(settings: Settings, names: Sequence[str], arguments: Namespace) -> dict[str, int | None]:
    """The frequency of each name; none, with the reason in the log, if no samples are indexed."""
    if not settings.corpora or not settings.searches:
        return {}
    threshold = chosen_threshold(settings, arguments.search, arguments.threshold)
    try:
        context = Context.looking(settings, open_to_read(settings), "expand")
        return count_names(context, settings.chosen(arguments.corpus), names, arguments.search, threshold)
    except SettingsError:
        raise
    except ConceptfreqError as error:
        log.info("no frequencies: %s", error)
        return {}
