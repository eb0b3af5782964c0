"""What stands beside a name in a corpus, nouns of captions and tags of images, and the uses that they tell apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.analysis.key_clusters import KeyPatterns
from jobs.analysis.senses import LEAST_SAMPLES, Use, uses_of
from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.samples.beside_keys import own_keys, stored_keys, surest
from jobs.results.samples.indexed import answering_shards, chosen_threshold, corpora_with_samples, searched_halves
from jobs.results.samples.stretch_sums import sum_stretches
from jobs.results.samples.unlisted import ask_one
from jobs.settings.corpora import Corpus
from udfs.counting.beside import BESIDE, HALF_BIT, PATTERNS, SEARCHED_BIT, SHOWN_BIT, BesideTask, PatternTask
from udfs.stored_files import Task

SENSES: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("concept", pa.string()),
        ("use", pa.int64()),
        ("kind", pa.string()),
        ("key", pa.string()),
        ("pairs", pa.int64()),
        ("samples_key", pa.int64()),
        ("expected", pa.float64()),
        ("npmi", pa.float64()),
        ("g2", pa.float64()),
        ("samples_use", pa.int64()),
        ("presence", pa.float64()),
        ("presence_low", pa.float64()),
        ("presence_high", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Senses:
    """A name in one corpus: `samples` whose captions hold it, the keys beside it, and its uses.

    beside: rows of BESIDE with the columns of Association, the surest first; uses refer to its rows. shown: whether
    image search can answer the name, so that uses have a P(image | text).
    """

    corpus: str
    concept: str
    samples: int
    beside: pa.Table
    uses: tuple[Use, ...]
    shown: bool

    @property
    def rows(self) -> list[dict[str, object]]:
        """Rows in the columns of SENSES: use by use, then the keys of none; the surest key first."""
        use_of = {key: number for number, use in enumerate(self.uses) for key in use.keys}
        none = len(self.uses)
        keys = self.beside.to_pylist()
        order = sorted(range(len(keys)), key=lambda at: (use_of.get(at, none), at))
        return [self._row(keys[at], use_of.get(at)) for at in order]

    def _row(self, key: dict[str, object], number: int | None) -> dict[str, object]:
        row = {name: key.get(name) for name in SENSES.names}
        row |= {"corpus": self.corpus, "concept": self.concept, "pairs": key["together"], "samples_key": key["samples"]}
        if number is None:
            return row
        use = self.uses[number]
        row |= {"use": number + 1, "samples_use": use.samples}
        bounds = use.presence if self.shown else None
        if bounds is not None:
            row |= {"presence": use.shown / use.searched, "presence_low": bounds.low, "presence_high": bounds.high}
        return row

    def __str__(self) -> str:
        where = f"{self.corpus}: {self.samples:,} captions hold '{self.concept}'"
        if self.uses:
            return "; ".join([f"{where}, in {len(self.uses)} uses", *map(self._told, range(len(self.uses)))])
        if self.samples < LEAST_SAMPLES:
            return f"{where}: too few to tell uses apart"
        return f"{where}: what stands beside it tells no uses apart"

    def _told(self, number: int) -> str:
        use, names = self.uses[number], self.beside["key"]
        keys = ", ".join(names[at].as_py() for at in use.keys[:5])
        bounds = use.presence if self.shown else None
        seen = ""
        if bounds is not None:
            seen = f", shown by {use.shown / use.searched:.0%} of images ({bounds.low:.0%} to {bounds.high:.0%})"
        return f"{number + 1}: {keys} ({use.samples:,} samples{seen})"


def all_senses(context: Context, concept: str, threshold: float | None, corpus: str | None) -> list[Senses]:
    """The uses of a name in this corpus, or in each. threshold: of tags; None: the first of the settings, if any.

    Raises ConceptfreqError if there are no samples, and what `senses` raises.
    """
    corpora = corpora_with_samples(context, corpus, "uses of a name are told apart by samples")
    has_tags = "image" in context.settings.searches
    above = chosen_threshold(context.settings, "image", threshold) if has_tags or threshold is not None else None
    return [senses(context, one, concept, above) for one in corpora]


def senses(context: Context, corpus: Corpus, concept: str, threshold: float | None) -> Senses:
    """The uses of a name, on a list or not, by what stands beside it in the captions and images of a corpus.

    threshold: a tag's score must be above it; None without image search. Raises SettingsError if the settings have no
    text search, and ConceptfreqError if it cannot answer the name, or if nothing is indexed.
    """
    searched_halves(context, "text")
    asked, shown = _ask(context, corpus, concept)
    units, searches = answering_shards(context, corpus, context.settings.searches), asked.searches.at(threshold)
    # Without tags there is nothing that a threshold could leave out.
    above = threshold or 0.0

    def summed(task: Task, schema: pa.Schema, by: Sequence[str], only: Collection[str] | None) -> pa.Table:
        stored = [*asked.stored, *stored_keys(context, corpus, only)]
        return sum_stretches(context.lake, stored, units, task, schema, by)

    counted = summed(BesideTask(searches, above), BESIDE, ["kind", "key"], None)
    beside = surest(counted, own_keys(asked))
    keys = tuple(zip(beside["kind"].to_pylist(), beside["key"].to_pylist(), strict=True))
    found = summed(PatternTask(searches, above, keys), PATTERNS, ["pattern"], {key for _, key in keys})
    samples = pc.sum(found["samples"]).as_py() or 0
    return Senses(corpus.name, concept, samples, beside, uses_of(_patterns(found, len(keys))), shown)


def _ask(context: Context, corpus: Corpus, concept: str) -> tuple[Inquiry, bool]:
    """What asks captions for the name, and images too if they can answer; and whether they can."""
    asked = ask_one(context, corpus, concept)
    [reason] = asked.reasons("text")
    if reason:
        raise ConceptfreqError(f"text search cannot answer '{concept}': {reason}")
    if asked.labels is not None and asked.reasons("image") == [None]:
        return asked, True
    return ask(context, corpus, questions(context, corpus), [concept], ("text",)), False


def _patterns(found: pa.Table, keys: int) -> KeyPatterns:
    pattern = found["pattern"].to_numpy()
    held = (pattern[:, None] >> np.arange(keys)) & 1 == 1
    second, searched, shown = (pattern & bit != 0 for bit in (HALF_BIT, SEARCHED_BIT, SHOWN_BIT))
    return KeyPatterns(held, found["samples"].to_numpy(), second, searched, shown)
