"""The shards of a corpus written again, with the concepts of each sample: by Spark, a task for some shards together.

Stored rows answer which samples hold which concepts, as they answer counts. What is found is sorted by shard, and meets
the shard in the task that writes it (`udfs.shards.annotated_tars`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.of_run import chosen_concepts
from jobs.concepts.questions import questions
from jobs.core import packing
from jobs.core.context import Context
from jobs.core.frames import slots, spark_schema
from jobs.core.listing import make_reader
from jobs.core.stage_specs import search_specs
from jobs.core.stretches import map_stretches
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.ledger import Unit
from jobs.lake.specs import digest
from jobs.results.samples import annotated_folder
from jobs.results.samples.answerable import tell_left_out, unanswerable
from jobs.results.samples.indexed import answering_shards, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from jobs.stages.registry import plans, wanted_stages
from udfs.counting.concepts_held import CONCEPTS_HELD, ConceptsHeldTask
from udfs.shards.annotated_tars import WRITTEN, AnnotatedTarTask

# The stages whose rows must be made of the shards as they are now.
STAGES: Final = ("ingest", "captions", "images", "index")


@dataclass(frozen=True)
class AnnotationSearch:
    """The search by which concepts are found. threshold: None for text. concept_list: None for those of all lists."""

    search: Search
    threshold: float | None
    concept_list: str | None = None


@dataclass(frozen=True)
class AnnotatedCorpus:
    """What became of a corpus: `written` has rows of WRITTEN, `there` shards were whole before, `missing` are left out.

    missing: listed shards that are not indexed, or have changed since.
    """

    corpus: Corpus
    written: pa.Table
    there: int
    missing: tuple[str, ...]


def annotate(context: Context, corpus: Corpus, asked: AnnotationSearch, output: str) -> AnnotatedCorpus:
    """Write the shards of a webdataset again below `output`/NAME, but for those that are there already.

    Concepts that the search cannot answer are left out with a warning. Raises SettingsError if the settings lack the
    search or the list, or the output cannot be, and ConceptfreqError if no shard is indexed.
    """
    if corpus.format != "webdataset":
        raise SettingsError(f"corpus {corpus.name} is {corpus.format}: only a webdataset is written again")
    names, given = _inquiry(context, corpus, asked)
    contents, missing = _contents(context, corpus)
    roots = {one.name: context.listings.of(one).root for one in context.settings.corpora}
    target = annotated_folder.output_root(output, corpus.name, roots)
    there = annotated_folder.begin(target, _question(context, corpus, asked, names), contents)
    sizes = {shard.name: shard.bytes for shard in context.listings.of(corpus).shards}
    units = answering_shards(context, corpus, searched_halves(context, asked.search))
    wanted = [unit for unit in units if unit.shard in contents and unit.shard not in there]
    written = WRITTEN.empty_table()
    if wanted:
        task = AnnotatedTarTask(make_reader(corpus), roots[corpus.name], target, names, asked.search != "text")
        written = _written(context, given, asked.search, wanted, sizes, task)
    annotated_folder.remove_unfinished(target)
    return AnnotatedCorpus(corpus, written, len(there), missing)


def _inquiry(context: Context, corpus: Corpus, asked: AnnotationSearch) -> tuple[tuple[str, ...], Inquiry]:
    """The concepts that the search can answer, ascending, and what is asked for them."""
    of_run, concepts = questions(context, corpus), sorted(chosen_concepts(context.settings, asked.concept_list))
    reasons = unanswerable(context, corpus, of_run, concepts, asked.search)
    tell_left_out(asked.search, len(concepts), reasons)
    names = tuple(concept for concept in concepts if concept not in reasons)
    given = ask(context, corpus, of_run, names, searched_halves(context, asked.search))
    return names, replace(given, searches=given.searches.at(asked.threshold))


def _contents(context: Context, corpus: Corpus) -> tuple[dict[str, str], tuple[str, ...]]:
    """The fingerprints of the shards whose stored rows hold, by name, and the other listed shards."""
    names = [name for name in wanted_stages(context.settings) if name in STAGES]
    done = frozenset.intersection(*(plan.done for plan in plans(context, corpus, names).values()))
    listed = context.listings.of(corpus).shards
    contents = {shard.name: shard.fingerprint for shard in listed if shard.name in done}
    if not contents:
        raise ConceptfreqError(
            f"corpus {corpus.name}: no shard is done at {', '.join(names)} under these settings, or all have changed "
            "since: run `conceptfreq run`"
        )
    return contents, tuple(shard.name for shard in listed if shard.name not in done)


def _question(
    context: Context, corpus: Corpus, asked: AnnotationSearch, names: Sequence[str]
) -> dict[str, str | float | None]:
    """All that decides what is written, but for the shards themselves."""
    definitions = questions(context, corpus).definitions
    defined = {name: definitions[name].as_dict() for name in names if name in definitions}
    spec = search_specs(context.settings, corpus, context.identities)[asked.search]
    return {
        "search": asked.search,
        "threshold": asked.threshold,
        "spec": spec.id,
        "concepts": len(names),
        "digest of the concepts": digest([names, defined]),
    }


def _written(
    context: Context,
    given: Inquiry,
    search: Search,
    units: Sequence[Unit],
    sizes: dict[str, int],
    task: AnnotatedTarTask,
) -> pa.Table:
    """The rows of WRITTEN of these shards; each row of CONCEPTS_HELD moves to the task that writes its shard."""
    from pyspark.sql import functions as F

    spark = context.lake.spark
    held = map_stretches(context.lake, given.stored, units, ConceptsHeldTask(given.searches, search), CONCEPTS_HELD)
    bytes_of = [Unit(unit.shard, unit.fingerprint, packing.work(sizes[unit.shard])) for unit in units]
    share = sum(unit.work for unit in bytes_of) // (packing.PARTS * slots(spark))
    parts = packing.pack(bytes_of, min(share, packing.MOST))
    places = spark.createDataFrame(
        pa.table(
            {
                "shard": pa.array([unit.shard for part in parts for unit in part], pa.string()),
                "part": pa.array([number for number, part in enumerate(parts) for _ in part], pa.int32()),
            }
        )
    )
    # Each shard has a row without concepts beside those that were found, because it is written in any case.
    rows = held.join(F.broadcast(places), "shard").unionByName(places, allowMissingColumns=True)
    placed = rows.repartitionById(len(parts), "part") if len(parts) > 1 else rows.coalesce(1)
    sorted_rows = placed.sortWithinPartitions("shard").select(*CONCEPTS_HELD.names)
    return sorted_rows.mapInArrow(task, spark_schema(WRITTEN)).toArrow()
