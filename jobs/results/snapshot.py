"""A lake as it is at one moment, for somebody who asks it many questions: what one answer has read serves the next.

Nothing is written, and nothing needs Spark if the deltalake library opens the lake. Methods raise SettingsError for
what the settings do not have, and ConceptfreqError with the reason if there is no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobs.core.context import Context
from jobs.core.listing import root_of
from jobs.core.reading import driver_reads
from jobs.core.remembered import remembered
from jobs.core.stage_specs import samples_spec
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.results.concept_names import ConceptNames
from jobs.results.counts.rankings import Ranking
from jobs.results.fits.first_fits import fits_if_evaluated
from jobs.results.fits.fitted import Fitted
from jobs.results.fits.plans import plan_of
from jobs.results.looked import Looked
from jobs.results.lookup import look_up, rankings_if_counted, rankings_of_imports
from jobs.results.samples.cooccurrence import PairQuestion, cooccurrences
from jobs.results.samples.drawn_samples import SampleKey
from jobs.results.samples.holders import find_holders
from jobs.results.samples.indexed import answering_shards, chosen_threshold, corpora_with_samples, searched_halves
from jobs.results.samples.leafing import SamplePages, leaf_through, named_samples, stored_rows
from jobs.results.samples.webdataset import SampleRow, with_images
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search, Settings
from udfs.shards.image_reads import UnreadImage

# The tables that answers are read from; each run writes the ledger last.
READ: Final = ("shards", "samples", "concepts", "concept_counts", "evaluations", "fits", "specs")
# Pairs that are shown of a concept, and the common samples that such a pair has (jobs.commands.cooccur).
PAIRS: Final = 24
LEAST: Final = 6


@dataclass(frozen=True)
class CorpusOverview:
    """What was read of a corpus of the settings; trouble: why its concepts have no counts, if they have none."""

    corpus: str
    shards: int
    samples: int
    trouble: str | None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Answers from a lake; everything is read under the settings' specs, as the command line does."""

    context: Context

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self.context.settings

    def corpora(self) -> list[CorpusOverview]:
        """The settings' corpora, with what was read of them."""
        return [self._read(corpus) for corpus in self.settings.corpora]

    def _read(self, corpus: Corpus) -> CorpusOverview:
        done = self.context.ledger.done(corpus.name, "ingest", samples_spec(corpus).id).values()
        trouble = None
        if self.settings.searches and self.settings.concepts and not rankings_if_counted(self.context, corpus):
            trouble = "its concepts are not counted under these settings: run `conceptfreq run`"
        return CorpusOverview(corpus.name, len(done), sum(row["samples"] for row in done), trouble)

    def rankings(self) -> list[Ranking]:
        """The concepts of lists under every search, own ones first, then published and imported ones."""
        corpora = self.settings.corpora if self.settings.searches and self.settings.concepts else ()
        own = [one for corpus in corpora for one in rankings_if_counted(self.context, corpus)]
        return [*own, *rankings_of_imports(self.context)]

    def names(self) -> ConceptNames:
        """The names of all these concepts."""
        return remembered(
            self.context, "names", lambda: ConceptNames.of(one.rows["concept"] for one in self.rankings())
        )

    def look_up(self, concept: str) -> list[Looked]:
        """A word or phrase under every search of every corpus."""
        return look_up(self.context, concept)

    def fits(self) -> tuple[Fitted, ...]:
        """The fits under the first protocol; none if the settings have no section `fit`, or nothing is evaluated."""
        return fits_if_evaluated(self.context)

    def plan(self, fit: Fitted, concept: str, target: float | None, gain: float | None) -> list[dict[str, object]]:
        """What a concept needs by a fit, as `plans`: rows of PLAN, none if no model was measured on it.

        The first plan by a fit takes a second, as forms of the law are compared. Raises ConceptfreqError for scores
        that are no shares.
        """
        if not fit.item.are_shares:
            raise ConceptfreqError(
                f"{fit.item.title}: its scores are no shares, so points and shares mean nothing there"
            )
        return list(plan_of(fit, target, gain, concept).rows)

    def sample_pages(
        self, concept: str, search: Search, threshold: float | None, corpus: str | None, without: str | None, seed: int
    ) -> SamplePages:
        """The samples that hold a concept, to be leafed through. threshold: None for the first of the settings."""
        above = chosen_threshold(self.settings, search, threshold)
        corpora = corpora_with_samples(self.context, corpus, "samples are shown of own corpora")
        return leaf_through([find_holders(self.context, one, concept, search, above, without) for one in corpora], seed)

    def page(self, pages: SamplePages, start: int, stop: int) -> list[SampleRow]:
        """What is stored of some samples of the pages."""
        corpora = [self.settings.corpus(one.corpus) for one in pages.holders]
        return stored_rows(self.context, corpora, pages.chosen(start, stop)).to_pylist()

    def samples(self, keys: Sequence[SampleKey]) -> list[SampleRow]:
        """What is stored of these samples, each once, by corpus, shard and ordinal; none of a key that is not there.

        Raises SettingsError for a corpus that the settings do not have.
        """
        by_corpus: dict[str, list[tuple[str, int]]] = {}
        for corpus, shard, ordinal in keys:
            by_corpus.setdefault(corpus, []).append((shard, ordinal))
        corpora = [self.settings.corpus(name) for name in by_corpus]
        chosen = [named_samples(name, of_corpus) for name, of_corpus in by_corpus.items()]
        return stored_rows(self.context, corpora, chosen).to_pylist()

    def images(self, rows: Sequence[SampleRow]) -> Iterator[tuple[SampleRow, bytes | UnreadImage]]:
        """Samples with their images, read from where the lake says that they lie; rows as `samples` gives them."""
        for corpus in dict.fromkeys(row["corpus"] for row in rows):
            yield from with_images(self._root(corpus), [row for row in rows if row["corpus"] == corpus])

    def _root(self, corpus: str) -> str:
        return remembered(self.context, f"root of {corpus}", lambda: root_of(self.settings.corpus(corpus)))

    def together(self, concept: str, search: Search, threshold: float | None, corpus: str) -> list[dict[str, Any]]:
        """The concepts of lists that occur with a concept, the most associated first: rows of COOCCURRENCES.

        Pairs with fewer than LEAST samples are left out, unless there are no others.
        """
        of, above = self.settings.corpus(corpus), chosen_threshold(self.settings, search, threshold)
        units = answering_shards(self.context, of, searched_halves(self.context, search))
        if self.context.lake.session is None and not driver_reads(self.context.lake, units):
            raise ConceptfreqError(
                f"corpus {corpus} has {sum(unit.work for unit in units):,} samples, and pairs in so many are counted by"
                " Spark: run `conceptfreq cooccur`"
            )
        found = cooccurrences(self.context, of, PairQuestion(search, above, concept))
        often = found.at_least(LEAST)
        return (often if len(often.pairs) else found).strongest("npmi", PAIRS).table().to_pylist()


def written(lake: Lake) -> tuple[int | None, ...]:
    """The versions of the tables that a snapshot is read from: another tuple once one of them has been written."""
    return tuple(lake.version(name) if lake.schema_version(name) is not None else None for name in READ)
