"""A run as notebooks and scripts see it: settings and a lake, stages to run, and results as DataFrames.

It combines the same parts as the command line. Results are pandas DataFrames whose integers and strings may be null;
`Run.to_spark` turns one into a Spark DataFrame.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa

from jobs.analysis.rarity import RareRules
from jobs.concepts.expansion import expand_list
from jobs.concepts.wordnet import DEBIAN as WORDNET
from jobs.core.context import Context
from jobs.core.importing import needs_session
from jobs.core.opening import open_lake
from jobs.core.session import open_for_work
from jobs.core.stage import Result
from jobs.lake.lake import Lake
from jobs.published.layout import load_layout
from jobs.published.load import WRITTEN, load
from jobs.published.results import Results, read_results
from jobs.report_page.label_page import render_labels
from jobs.reproduction.rare_scores import scores_beside
from jobs.results.class_scores import CLASS_ROWS, class_scores
from jobs.results.corpora.status import StageStatus, status
from jobs.results.counts.all_sources import FREQUENCIES, MISALIGNMENT, all_frequencies, all_misalignment
from jobs.results.counts.changes import CHANGES, changes_since
from jobs.results.counts.counted_lists import counted_lists
from jobs.results.counts.presence import PRESENCE, all_presence
from jobs.results.counts.tails import TAILS, tail_rows
from jobs.results.fits.current_fits import current_fits, law_figures
from jobs.results.fits.plans import PLAN, plans
from jobs.results.labels.asked_pairs import judged_half
from jobs.results.labels.corpora_drawn import all_pictures, draw_corpora
from jobs.results.labels.corrected_frequencies import CORRECTED, CORRECTED_LAWS
from jobs.results.labels.drawn_pairs import TO_LABEL
from jobs.results.labels.hit_rates import CONCEPT_HITS, HITS
from jobs.results.labels.label_answers import answers_of
from jobs.results.labels.label_file import labels_of, read_labels
from jobs.results.looked import LOOKUP
from jobs.results.lookup import look_up
from jobs.results.rare_concepts import DISTRUSTED, rare_concepts
from jobs.results.samples.curation_pool import Cut, pool_of
from jobs.results.samples.drawn_samples import DRAWN, draw, rows_of
from jobs.results.samples.holders import find_holders
from jobs.results.samples.indexed import chosen_threshold, corpora_with_samples
from jobs.results.samples.kept_keys import KEYS, keys_of
from jobs.results.samples.kept_samples import BALANCE, balance_rows, cut_down
from jobs.results.samples.name_counts import counts_if_indexed
from jobs.results.samples.senses import SENSES, all_senses
from jobs.results.snapshot import Snapshot, written
from jobs.settings.loading import check_settings, load_settings
from jobs.settings.settings import Search, Settings
from jobs.stages.inputs import check_inputs
from jobs.stages.registry import wanted_stages
from jobs.stages.run import run
from udfs.counting.judged import Judged
from udfs.shards.schemes import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pyspark.sql import DataFrame, SparkSession

    from jobs.reproduction.recompute import Reproduction

# pandas' own integers and strings have no null.
NULLABLE = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype()}


def open_run(settings: str | os.PathLike[str] | Mapping[str, Any] | Settings, spark: SparkSession | None = None) -> Run:
    """The run of a settings file (YAML or JSON), or of a dictionary with the same keys.

    spark: the session to use, as on Databricks; None: the session that exists, one on the server that SPARK_REMOTE
    names, or a new one, and none at all for results of a lake that needs none. Nothing is read or started yet.
    Raises SettingsError, which names the key, for settings that cannot be used.
    """
    if isinstance(settings, str | os.PathLike):
        settings = load_settings(os.fspath(settings))
    return Run(settings if isinstance(settings, Settings) else check_settings(settings), spark)


class LabelTables(NamedTuple):
    """What labels say of searches and strata, of concepts under each search, of frequencies, and of laws."""

    searches: pd.DataFrame
    concepts: pd.DataFrame
    frequencies: pd.DataFrame
    laws: pd.DataFrame


@dataclass(frozen=True)
class Run:
    """Settings and their lake. Results are those under these settings, as the command line shows them.

    Methods raise SettingsError if the settings lack something, and ConceptfreqError if the lake has no such result yet.
    """

    settings: Settings
    spark: SparkSession | None = None

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages that the settings ask for, in their order."""
        return wanted_stages(self.settings)

    def execute(
        self, stages: Sequence[str] | None = None, *, new_spec: bool = False, max_shards: int | None = None
    ) -> Result:
        """Run `stages`, or all that the settings ask for. Finished work is not done again.

        new_spec: start new results beside those of other settings, instead of SpecChanged.
        max_shards: only the first shards of each corpus.
        The result's `succeeded` says whether everything is done and usable, its `troubles` say what is not.
        """
        wanted = tuple(stages or self.stages)
        listings = check_inputs(self.settings, wanted)
        context = Context(self.settings, self._at_work, "run", new_spec, max_shards, listings=listings)
        return run(context, wanted)

    def status(self) -> pd.DataFrame:
        """One row per corpus and stage: shards planned, done and failed, samples, rejects by status, seconds by phase,
        and the reasons of rejects and failures in words.
        """
        rows = status(self._looking("status"), self.stages, explained=True)
        columns = [field.name for field in fields(StageStatus)]
        return pd.DataFrame([asdict(row) | {"reasons": [*map(str, row.reasons)]} for row in rows], columns=columns)

    def frequencies(self, search: Search, corpus: str | None = None, concept_list: str | None = None) -> pd.DataFrame:
        """One row per corpus, threshold and concept under one search, own and published: the most frequent first.

        `frequency` is null if the search cannot answer the concept; `unanswerable` then says why.
        """
        return _frame(all_frequencies(self._looking("counts"), search, corpus, concept_list), FREQUENCIES)

    def changes(
        self, search: Search, since: int | datetime, corpus: str | None = None, concept_list: str | None = None
    ) -> pd.DataFrame:
        """Concepts whose frequency changed since a version of the table concept_counts, or since a moment.

        One row per corpus, threshold and concept: the columns of `frequencies`, and `before`, `change` and `what`.
        """
        compared = changes_since(self._looking("counts"), since, search, corpus, concept_list)
        return _frame(compared.changes, CHANGES)

    def misalignment(self) -> pd.DataFrame:
        """One row per corpus and threshold: samples whose caption and image hold concepts, but none in common."""
        return _frame(all_misalignment(self._looking("misalignment")), MISALIGNMENT)

    def lookup(self, concept: str) -> pd.DataFrame:
        """One concept's frequency and rank under every search, with the performance that each model's law expects.

        The concept is any word or phrase, on a list or not.
        """
        found = look_up(self._looking("lookup"), concept)
        return _of_rows((row for one in found for row in one.rows), LOOKUP)

    def samples(
        self,
        concept: str,
        search: Search = "text",
        threshold: float | None = None,
        corpus: str | None = None,
        without: str | None = None,
        limit: int | None = 20,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Samples that hold a concept and do not hold `without`: their keys, scores, captions, URLs and images' places.

        threshold: the tagger's score must be above it; None: the first of the settings. limit: so many samples of all
        corpora together, drawn by `seed`; None: all. One row each, by corpus, shard and ordinal (docs/samples.md).
        """
        context, corpora = self._looking("samples"), self.settings.chosen(corpus)
        above = chosen_threshold(self.settings, search, threshold)
        found = [find_holders(context, one, concept, search, above, without) for one in corpora]
        drawn = zip(corpora, draw(found, limit, seed), strict=True)
        return _nullable(pa.Table.from_batches((batch for one in drawn for batch in rows_of(context, *one)), DRAWN))

    def tails(
        self,
        search: Search | None = None,
        corpus: str | None = None,
        concept_list: str | None = None,
        threshold: float | None = None,
    ) -> pd.DataFrame:
        """How rare and how unequal concepts are: one row per corpus, search, threshold and list (docs/tails.md)."""
        corpora = [corpus] if corpus else ()
        found = counted_lists(self._looking("tails"), search, corpora, concept_list, threshold)
        return _of_rows(tail_rows(found), TAILS)

    def longtail(
        self,
        concepts: int = 290,
        search: Search = "text",
        threshold: float | None = None,
        corpora: Sequence[str] = (),
        found_in: int = 1,
        max_frequency: int | None = None,
        kinds: Collection[str] = DISTRUSTED,
    ) -> pd.DataFrame:
        """The rarest well-defined concepts over several corpora, with their mean score: one row each, the rarest first.

        threshold: None: the highest at which every corpus is counted. corpora: none: all. Only concepts that are found
        in at least `found_in` of them, and in none more often than `max_frequency`. kinds: the findings of the audit
        that leave a concept out (docs/audit.md); none: nothing is left out because of one.
        """
        context, rules = self._looking("longtail"), RareRules(concepts, found_in, max_frequency)
        found = rare_concepts(context, search, threshold, corpora, rules, kinds)
        return _of_rows(found.rows(scores_beside(context, found)), found.schema)

    def balance(
        self,
        cap: int,
        search: Search = "text",
        threshold: float | None = None,
        corpus: str | None = None,
        concept_list: str | None = None,
        seed: int = 0,
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The samples that are left if no concept draws more than about `cap` of them, as MetaCLIP cuts a pool.

        Two frames: one row per concept with its samples before and after, and one per kept sample with its key. The
        second has as many rows as samples are kept.
        """
        context = self._looking("balance")
        cut = Cut(cap, search, chosen_threshold(self.settings, search, threshold), seed, concept_list)
        corpora = corpora_with_samples(context, corpus, "a balance is drawn among samples")
        pool = pool_of(context, corpora, cut)
        kept = list(cut_down(context, pool, cut))
        keys = pa.Table.from_batches((batch for one in kept for batch in keys_of(context, one)), KEYS)
        return _of_rows(balance_rows(pool, kept, cut), BALANCE), _nullable(keys)

    def label(
        self,
        pairs: int = 500,
        judge: Judged | None = None,
        corpus: str | None = None,
        concept_list: str | None = None,
        seed: int = 0,
        page: str | os.PathLike[str] | None = None,
        images: bool = True,
    ) -> pd.DataFrame:
        """Pairs of a concept and a sample, drawn to be judged: one row each, whose `label` is empty (docs/labels.md).

        pairs: about so many of each corpus. judge: the image, if images are searched, else the caption. page: a file
        for the page on which a browser shows these pairs; with `images`, the corpora's shards are read for it.
        """
        context = self._looking("label")
        drawn = draw_corpora(context, judged_half(self.settings, judge), pairs, corpus, concept_list, seed)
        if page is not None:
            drawn.require_pairs(self.settings.name)
            seen = all_pictures(context, drawn) if images else None
            Path(page).write_text(render_labels(self.settings.name, drawn.pairs, seen), encoding="utf-8")
        return _of_rows((dict(one.row) for one in drawn.pairs), TO_LABEL)

    def precision(
        self,
        labels: str | os.PathLike[str] | pd.DataFrame,
        concept_list: str | None = None,
        least_precision: float | None = None,
    ) -> LabelTables:
        """What labels say: the path of the CSV that the page saved, or the rows of `label` with yes, no or unsure.

        concept_list: that of the draw. least_precision: a concept's threshold is the lowest with this precision, and
        not that of the highest F1.
        """
        if isinstance(labels, pd.DataFrame):
            read = labels_of(pa.Table.from_pandas(labels, preserve_index=False))
        else:
            read = read_labels(os.fspath(labels))
        found = answers_of(self._looking("precision"), read, concept_list, least_precision)
        return LabelTables(
            searches=_of_rows(found.hits, HITS),
            concepts=_of_rows(found.concepts, CONCEPT_HITS),
            frequencies=_of_rows(found.frequencies, CORRECTED),
            laws=_of_rows((law.row for law in found.laws), CORRECTED_LAWS),
        )

    def classes(self) -> pd.DataFrame:
        """What the settings' models take each class of their sets for, and how sure they are (docs/scores.md)."""
        return _of_rows(class_scores(self._looking("classes")), CLASS_ROWS)

    def snapshot(self) -> Snapshot:
        """The lake as it is now, for many questions: what one answer has read serves the next (docs/explore.md)."""
        return Snapshot(self._looking("explore"))

    def version(self) -> tuple[int | None, ...]:
        """The Delta versions of the tables that results are read from: another tuple once a run has written."""
        return written(self._to_look_at)

    def presence(self, corpus: str | None = None, concept_list: str | None = None) -> pd.DataFrame:
        """One row per corpus, threshold and concept: how often images show what captions name (docs/senses.md)."""
        return _frame(all_presence(self._looking("presence"), corpus, concept_list), PRESENCE)

    def senses(self, concept: str, threshold: float | None = None, corpus: str | None = None) -> pd.DataFrame:
        """One row per noun and tag that goes with a name: `use` numbers the uses that they tell apart.

        threshold: of tags; None: the first of the settings.
        """
        found = all_senses(self._looking("senses"), concept, threshold, corpus)
        return _of_rows((row for one in found for row in one.rows), SENSES)

    def expand(self, concept_list: str, wordnet: str = WORDNET, search: Search = "text") -> str:
        """A concept list with the aliases that WordNet proposes, as YAML to be edited (docs/definitions.md).

        wordnet: the folder of its files. search: of the frequencies beside the names, if samples are indexed.
        """

        def count(names: Sequence[str]) -> Mapping[str, int | None]:
            return counts_if_indexed(self.settings, lambda: self._looking("expand"), names, search, None)

        return expand_list(self.settings.concept_list(concept_list), wordnet, count).text

    def compare_definitions(
        self,
        corpora: Sequence[str] = (),
        sets: Sequence[str] = (),
        definitions: Sequence[str] = (),
        without_zeros: bool = False,
    ) -> pd.DataFrame:
        """One row per model and definition of frequency: how well it predicts scores (docs/definitions-compared.md).

        corpora, sets, definitions: only these, if any are named. without_zeros: only over concepts that every
        definition finds.
        """
        from jobs.reproduction.all_definitions import compare_all
        from jobs.results.fits.compared_definitions import DEFINITION_ROWS

        found = compare_all(self._looking("compare-definitions"), corpora, sets, definitions, without_zeros)
        return _of_rows((row for one in found for row in one.rows), DEFINITION_ROWS)

    def plan(self, target: float | None = None, gain: float | None = None) -> pd.DataFrame:
        """How many samples each concept would need by each fit, for a score of `target` or for `gain` more.

        Both are shares (0.1: ten points). `needed` is null if the law cannot say; `note` then says why (docs/law.md).
        """
        found = plans(self._looking("plan"), target, gain)
        return _of_rows((row for one in found for row in one.rows), PLAN)

    def fits(self) -> pd.DataFrame:
        """One row per fit of performance against frequency: the columns of the table `fits` (docs/tables.md)."""
        return _nullable(current_fits(self._looking("fit")))

    def figures(self) -> Iterator[Figure]:
        """A figure of each fit under the first protocol."""
        return law_figures(self._looking("fit"))

    def report(self) -> str:
        """Write the report if it would differ from the present one; returns its path or URI."""
        # Only this draws, and needs matplotlib.
        from jobs.stages import report

        check_inputs(self.settings, ["report"])
        report.run(self._looking("report"))
        return shown(report.output(self.settings))

    def import_published(self, path: str | os.PathLike[str]) -> Results:
        """Import the paper's published results from a clone of its repository, or from a part of one."""
        found = read_results(Path(path), load_layout(self.settings))
        lake = self._at_work if needs_session(self._to_look_at, WRITTEN) else self._to_look_at
        load(Context(self.settings, lake, "import-published"), found.parts, found.lists)
        return found

    def reproduce(self) -> Reproduction:
        """Fit and compare all published results that were imported."""
        from jobs.reproduction.recompute import reproduce

        return reproduce(self._to_look_at, self.settings)

    def table(self, name: str) -> DataFrame:
        """A whole table of the lake (docs/tables.md), rows of other settings included, as a Spark DataFrame."""
        return self._at_work.read(name)

    def to_spark(self, frame: pd.DataFrame) -> DataFrame:
        """A result of this object as a Spark DataFrame."""
        return self._at_work.spark.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))

    @cached_property
    def _at_work(self) -> Lake:
        return open_for_work(self.settings, self.spark)

    @cached_property
    def _to_look_at(self) -> Lake:
        return open_lake(self.settings, self.spark)

    def _looking(self, command: str) -> Context:
        return Context.looking(self.settings, self._to_look_at, command)


def _frame(rows: Sequence[Any], schema: pa.Schema) -> pd.DataFrame:
    """Rows of a dataclass whose fields are the schema's columns."""
    return _of_rows(map(asdict, rows), schema)


def _of_rows(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pd.DataFrame:
    return _nullable(pa.Table.from_pylist(list(rows), schema))


def _nullable(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=NULLABLE.get)
