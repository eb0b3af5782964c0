"""What a definition does to a frequency: each alias by itself, their union, and what the other names keep or take away.

The parts are counted from postings when they are asked for, as breakdowns are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import pyarrow as pa

from jobs.concepts.asking import Inquiry, ask_defined
from jobs.concepts.definitions import Definition
from jobs.concepts.of_run import chosen_concepts
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.sections import naming
from jobs.errors import ConceptfreqError
from jobs.lake.ledger import Unit
from jobs.results.samples.held_sums import sum_held
from jobs.results.samples.indexed import answering_shards, chosen_thresholds, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.counting.capped import HeldTask
from udfs.counting.found import SEARCHED

PARTS: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("concept", pa.string()),
        ("part", pa.string()),
        ("name", pa.string()),
        ("frequency", pa.int64()),
        ("unanswerable", pa.string()),
        ("samples", pa.int64()),
    ]
)


class DefinitionPart(NamedTuple):
    """A part of a concept, as a definition of its own. name: that of which it tells, if it tells of one."""

    concept: str
    part: str
    name: str | None
    definition: Definition


def parts_of(one: Definition) -> Iterator[DefinitionPart]:
    """The parts of a definition, the concept itself last.

    name, alias: what this name finds by itself. union: what the name and the aliases find. required: of the union, what
    this required name finds too. excluded: what this excluded name takes away, by itself. rolled up: a concept below.
    """
    concept = one.concept
    yield DefinitionPart(concept, "name", concept, Definition(concept))
    for name in one.aliases:
        yield DefinitionPart(concept, "alias", name, Definition(name))
    union = Definition(concept, one.aliases)
    if one.aliases:
        yield DefinitionPart(concept, "union", None, union)
    for name in one.required:
        yield DefinitionPart(concept, "required", name, replace(union, required=(name,)))
    for name in one.excluded:
        yield DefinitionPart(concept, "excluded", name, replace(union, required=(*one.required, name)))
    if one.below:
        yield DefinitionPart(concept, "own", None, replace(one, below=()))
    for child in one.below:
        yield DefinitionPart(concept, "below", child.concept, child)
    yield DefinitionPart(concept, "concept", None, one)


def count_parts(
    context: Context, corpus: Corpus, search: Search, threshold: float | None, concept_list: str | None
) -> pa.Table:
    """Rows of PARTS for every concept that is more than its name, in the order of the lists, by threshold.

    threshold: only this one. concept_list: only its concepts. Raises SettingsError if the settings lack the search or
    the list, and ConceptfreqError if no concept is defined by more than its name.
    """
    settings, asked = context.settings, questions(context, corpus)
    concepts = chosen_concepts(settings, concept_list)
    parts = [part for name in concepts if (one := asked.definitions.get(name)) for part in parts_of(one)]
    if not parts:
        of_list = f"of list {concept_list} " if concept_list else ""
        raise ConceptfreqError(f"{settings.name}: no concept {of_list}is defined by more than its name")
    halves = searched_halves(context, search)
    thresholds = chosen_thresholds(settings, search, threshold)
    with naming("images.tagger"):
        given = ask_defined(context, corpus, asked, [part.definition for part in parts], halves)
    units = answering_shards(context, corpus, halves)
    return pa.concat_tables(
        _counted(context, corpus, search, one, parts, given, units) for one in thresholds or (None,)
    )


def _counted(
    context: Context,
    corpus: Corpus,
    search: Search,
    threshold: float | None,
    parts: Sequence[DefinitionPart],
    given: Inquiry,
    units: Sequence[Unit],
) -> pa.Table:
    task = HeldTask(given.searches.at(threshold), search)
    held, reasons = sum_held(context.lake, given.stored, units, task), given.reasons(search)
    rows = [
        {
            "corpus": corpus.name,
            "search": search,
            "threshold": threshold,
            "concept": part.concept,
            "part": part.part,
            "name": part.name,
            "frequency": None if reason else held.get(number, 0),
            "unanswerable": reason,
            "samples": held.get(SEARCHED, 0),
        }
        for number, (part, reason) in enumerate(zip(parts, reasons, strict=True))
    ]
    return pa.Table.from_pylist(rows, PARTS)
