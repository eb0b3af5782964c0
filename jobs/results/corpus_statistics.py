"""What a corpus is like before anybody asks it for a concept: its languages, domains, sizes, repeats, commonest words.

All of it is read from tables that a run has written. What they do not hold is said, with what to set and to run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.context import Context
from jobs.core.reading import driver_reads
from jobs.core.stage_specs import attribute_specs, captions_spec, index_specs, samples_spec
from jobs.core.stored_rows import map_stored
from jobs.core.units import sample_units
from jobs.lake import ledger
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.results.key_sums import key_sums
from jobs.results.repeated_values import RepeatedValues, repeated_values
from jobs.settings.corpora import Corpus
from udfs.attributes.bins import ORDERED
from udfs.attributes.names import ATTRIBUTES, Attribute, value_of
from udfs.postings.keyless import KEYLESS, READ, keyless
from udfs.statuses import OK
from udfs.text.modes import INDEX_OF


@dataclass(frozen=True)
class ValueCounts:
    """The samples of each value of something, the commonest first or in the order of bins.

    of: an attribute, or the index of captions (nouns, words, tokens) or tags. distinct: the number of values, of which
    `values` may be some. samples: those that were looked at. A sample has one value of an attribute, and any number of
    nouns or tags.
    """

    of: str
    values: tuple[tuple[str, int], ...]
    distinct: int
    samples: int


@dataclass(frozen=True)
class Keyless:
    """The captions that could be searched, and those in which nothing was found of what the index holds."""

    index: str
    captions: int
    without: int


@dataclass(frozen=True)
class CorpusStatistics:
    """A corpus as the lake has it; `unknown` says what is not known, and how to come to know it."""

    corpus: str
    shards: int
    failed: int
    bytes: int
    samples: int
    usable: int
    rejects: tuple[tuple[str, int], ...]
    tallies: tuple[ValueCounts, ...]
    keyless: Keyless | None
    repeated: tuple[RepeatedValues, ...]
    unknown: tuple[str, ...]


def corpus_statistics(context: Context, corpus: Corpus, most: int) -> CorpusStatistics:
    """The statistics of a corpus, with at most `most` values of each kind."""
    spec = samples_spec(corpus)
    rows = context.ledger.rows(corpus.name, "ingest", spec.id)
    done = [row for row in rows.values() if row["state"] == ledger.DONE]
    statuses: Counter[str] = Counter()
    for row in done:
        statuses.update(row["statuses"])
    units, unknown = sample_units(context, corpus), list[str]()
    if not units:
        unknown.append("no shard is read yet: run `conceptfreq ingest`")
    tallies = [*_attributes(context, corpus, units, most, unknown), *_keys(context, corpus, units, most, unknown)]
    columns = ("caption", "url") if units else ()
    return CorpusStatistics(
        corpus=corpus.name,
        shards=len(done),
        failed=len(rows) - len(done),
        bytes=sum(row["bytes"] or 0 for row in done),
        samples=sum(statuses.values()),
        usable=statuses[OK],
        rejects=tuple((status, count) for status, count in statuses.most_common() if status != OK),
        tallies=tuple(tallies),
        keyless=_keyless(context, corpus, units),
        repeated=tuple(repeated_values(context.lake, corpus.name, spec.id, units, column) for column in columns),
        unknown=tuple(unknown),
    )


def _attributes(
    context: Context, corpus: Corpus, units: Sequence[Unit], most: int, unknown: list[str]
) -> Iterator[ValueCounts]:
    settings = context.settings
    specs = attribute_specs(settings, corpus, context.identities)
    for attribute, spec in specs.items():
        if held := _held(context, corpus, "attributes", spec, units, attribute, unknown):
            yield _tally(context, corpus, attribute, spec, held, most)
    if missing := [attribute for attribute in ATTRIBUTES if attribute not in specs]:
        named = ", ".join([*settings.attributes, *missing])
        unknown.append(f"{', '.join(missing)}: set `attributes: [{named}]`, and run `conceptfreq attributes`")


def _tally(
    context: Context, corpus: Corpus, attribute: Attribute, spec: Spec, units: Sequence[Unit], most: int
) -> ValueCounts:
    bins = ORDERED.get(attribute, ())
    sums = key_sums(context.lake, corpus.name, spec.id, units, max(most, len(bins) + 1))
    values = [(value_of(key), samples) for key, samples in sums.top]
    if bins:
        values.sort(key=lambda one: bins.index(one[0]) if one[0] in bins else len(bins))
    return ValueCounts(attribute, tuple(values if bins else values[:most]), sums.keys, sums.samples)


def _keys(
    context: Context, corpus: Corpus, units: Sequence[Unit], most: int, unknown: list[str]
) -> Iterator[ValueCounts]:
    """The commonest keys of captions, and the commonest tags above the tagger's floor."""
    settings = context.settings
    specs = index_specs(settings, corpus, context.identities)
    index = INDEX_OF[settings.captions.match] if settings.captions else "nouns"
    for half, what, section in (("text", index, "captions"), ("image", "tags", "images.tagger")):
        if half in specs:
            if held := _held(context, corpus, "index", specs[half], units, what, unknown):
                sums = key_sums(context.lake, corpus.name, specs[half].id, held, most)
                yield ValueCounts(
                    what, tuple((str(key), samples) for key, samples in sums.top), sums.keys, sums.samples
                )
        elif half in settings.searches:
            unknown.append(
                "nouns: `captions.match: substring` keeps none; set another `match`, and run `conceptfreq run`"
            )
        else:
            unknown.append(f"{what}: set `{section}`, and run `conceptfreq run`")


def _held(
    context: Context, corpus: Corpus, stage: str, spec: Spec, units: Sequence[Unit], what: str, unknown: list[str]
) -> list[Unit]:
    """The units that a stage has done under a spec; if it lacks some, that is said."""
    done = context.ledger.done(corpus.name, stage, spec.id)
    held = [unit for unit in units if unit.shard in done]
    if len(held) < len(units):
        unknown.append(f"{what}: {len(held)} of {len(units)} shards are indexed: run `conceptfreq {stage}`")
    return held


def _keyless(context: Context, corpus: Corpus, units: Sequence[Unit]) -> Keyless | None:
    """The captions without a noun, or without what else the index holds; None if no caption is indexed so."""
    captions, lake = context.settings.captions, context.lake
    index = INDEX_OF[captions.match] if captions else "text"
    if index == "text":
        return None
    spec = captions_spec(context.settings, corpus, context.identities)
    done = context.ledger.done(corpus.name, "captions", spec.id)
    held, where = [unit for unit in units if unit.shard in done], {"corpus": corpus.name, "spec": spec.id}
    if not held:
        return None
    if driver_reads(lake, held):
        found = pa.Table.from_batches(keyless(lake.batches("caption_terms", READ, **where)), KEYLESS)
    else:
        samples = sum(unit.work for unit in held)
        found = map_stored(lake, "caption_terms", where, None, READ, keyless, KEYLESS, samples).toArrow()
    found = found.filter(pc.field("shard").isin(pa.array([unit.shard for unit in held], pa.string())))
    return Keyless(index, *(pc.sum(found[name]).as_py() or 0 for name in ("samples", "keyless")))
