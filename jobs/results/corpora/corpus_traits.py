"""What a report says of a corpus beside its counts: languages, repeats, formats and sizes of images.

A report is made at the end of each run, so only what takes seconds is counted, of corpora that are not too large. The
command `corpus` counts more, of any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jobs.core.context import Context
from jobs.core.reading import driver_reads
from jobs.core.units import sample_units
from jobs.lake.ledger import Unit
from jobs.results.corpora.decoded_images import decoded_counts
from jobs.results.corpora.repeated_values import RepeatedValues, repeats
from jobs.results.corpora.value_counts import NotKnown, ValueCounts, attribute_counts
from jobs.settings.corpora import Corpus
from udfs.attributes.names import Attribute

# Samples of the largest corpus that is counted: so many took 1.4 s of one core, half of it for captions and URLs.
MOST: Final = 1_000_000
# Languages that are shown.
VALUES: Final = 10


@dataclass(frozen=True)
class CorpusTraits:
    """A corpus with so many usable samples; `unknown` says what is not known, and how to come to know it."""

    corpus: str
    usable: int
    value_counts: tuple[ValueCounts, ...] = ()
    repeated: tuple[RepeatedValues, ...] = ()
    unknown: tuple[str, ...] = ()


def corpus_traits(context: Context, corpus: Corpus) -> CorpusTraits:
    """The traits of a corpus as far as the lake holds them."""
    units = sample_units(context, corpus)
    usable = sum(unit.samples or 0 for unit in units)
    if not units:
        return CorpusTraits(corpus.name, usable)
    if why := _too_much(context, units):
        return CorpusTraits(corpus.name, usable, unknown=(why,))
    found = [
        *repeats(context, corpus, units),
        *attribute_counts(context, corpus, units, VALUES, _attributes(context)),
        *decoded_counts(context, corpus, units),
    ]
    return CorpusTraits(
        corpus=corpus.name,
        usable=usable,
        value_counts=tuple(one for one in found if isinstance(one, ValueCounts)),
        repeated=tuple(one for one in found if isinstance(one, RepeatedValues)),
        unknown=tuple(one.said for one in found if isinstance(one, NotKnown)),
    )


def _too_much(context: Context, units: Sequence[Unit]) -> str | None:
    if sum(unit.work for unit in units) > MOST:
        return f"of more than {MOST:,} samples, only `conceptfreq corpus` counts languages, repeats, formats and sizes"
    if not driver_reads(context.lake, units):
        return "Spark alone reads this lake, so only `conceptfreq corpus` counts languages, repeats, formats and sizes"
    return None


def _attributes(context: Context) -> list[Attribute]:
    """Languages, and the sizes that a corpus states of its images if they are indexed."""
    return ["language", *(one for one in context.settings.attributes if one == "image_size")]
