"""How common each language, domain, noun or tag is in a corpus, from its postings, and what postings it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.core.context import Context
from jobs.core.stage_specs import attribute_specs, index_specs
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.results.corpora.key_sums import key_sums
from jobs.settings.corpora import Corpus
from udfs.attributes.bins import ORDERED
from udfs.attributes.names import ATTRIBUTES, Attribute, value_of
from udfs.text.modes import INDEX_OF


@dataclass(frozen=True)
class ValueCounts:
    """The samples of each value of something, the commonest first or in the order of bins.

    of: an attribute, the index of captions (nouns, words, tokens), tags, formats or decoded_size. distinct: the number
    of values, of which `values` may be some. samples: those that were looked at. A sample has any number of nouns or
    tags, and one value of all else.
    """

    of: str
    values: tuple[tuple[str, int], ...]
    distinct: int
    samples: int


@dataclass(frozen=True)
class NotKnown:
    """What the lake does not hold, or not of all shards, and how to come to know it."""

    said: str


def attribute_counts(
    context: Context,
    corpus: Corpus,
    units: Sequence[Unit],
    most: int,
    wanted: Sequence[Attribute] = ATTRIBUTES,
) -> Iterator[ValueCounts | NotKnown]:
    """The values of the wanted attributes among the units' shards: all bins, or at most `most` of other values."""
    specs = attribute_specs(context.settings, corpus, context.identities)
    for attribute in (one for one in specs if one in wanted):
        spec = specs[attribute]
        held, lacking = covered(context, corpus, attribute, "attributes", spec, units)
        yield from lacking
        if held:
            yield _of_attribute(context, corpus, attribute, spec, held, most)
    if missing := [attribute for attribute in wanted if attribute not in specs]:
        named = ", ".join([*context.settings.attributes, *missing])
        yield NotKnown(f"{', '.join(missing)}: set `attributes: [{named}]`, and run `conceptfreq attributes`")


def key_counts(context: Context, corpus: Corpus, units: Sequence[Unit], most: int) -> Iterator[ValueCounts | NotKnown]:
    """The commonest keys of captions, and the commonest tags above the tagger's floor, at most `most` of each."""
    settings = context.settings
    specs = index_specs(settings, corpus, context.identities)
    index = INDEX_OF[settings.captions.match] if settings.captions else "nouns"
    for half, of, section in (("text", index, "captions"), ("image", "tags", "images.tagger")):
        if half not in settings.searches:
            yield NotKnown(f"{of}: set `{section}`, and run `conceptfreq run`")
        elif half not in specs:
            yield NotKnown("nouns: `captions.match: substring` keeps none; set another, and run `conceptfreq run`")
        else:
            held, lacking = covered(context, corpus, of, "index", specs[half], units)
            yield from lacking
            if held:
                sums = key_sums(context.lake, corpus.name, specs[half].id, held, most)
                yield ValueCounts(of, sums.top, sums.keys, sums.samples)


def _of_attribute(
    context: Context, corpus: Corpus, attribute: Attribute, spec: Spec, units: Sequence[Unit], most: int
) -> ValueCounts:
    # The last place is for unknown.
    order = {name: place for place, name in enumerate(ORDERED.get(attribute, ()))}
    sums = key_sums(context.lake, corpus.name, spec.id, units, len(order) + 1 if order else most)
    values = [(value_of(key), samples) for key, samples in sums.top]
    if order:
        values.sort(key=lambda one: order.get(one[0], len(order)))
    return ValueCounts(attribute, tuple(values), sums.keys, sums.samples)


def covered(
    context: Context, corpus: Corpus, of: str, stage: str, spec: Spec, units: Sequence[Unit]
) -> tuple[list[Unit], list[NotKnown]]:
    """The units that a stage has done under a spec, and what is not known `of` something if these are only some."""
    done = context.ledger.done(corpus.name, stage, spec.id)
    held = [unit for unit in units if unit.shard in done]
    if len(held) == len(units):
        return held, []
    return held, [NotKnown(f"{of}: {len(held)} of {len(units)} shards are indexed: run `conceptfreq {stage}`")]
