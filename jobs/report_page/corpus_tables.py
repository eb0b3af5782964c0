"""The statistics of a corpus as small tables of text: the same on the terminal, in its HTML page and in the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.figures.readable import readable, shortened
from jobs.report_page.formatting import MEANINGS, number, share, size
from jobs.results.corpora.corpus_statistics import CorpusStatistics
from jobs.results.corpora.corpus_traits import CorpusTraits
from jobs.results.corpora.keyless_captions import KeylessCaptions
from jobs.results.corpora.repeated_values import RepeatedValues
from jobs.results.corpora.value_counts import ValueCounts

TITLES = {
    "language": "Languages of captions",
    "domain": "Domains of URLs",
    "caption_length": "Words of captions",
    "image_size": "Shorter side of images, in pixels, as the corpus states it",
    "formats": "Formats of decoded images",
    "decoded_size": "Shorter side of decoded images, in pixels",
    "nouns": "Commonest nouns of captions",
    "words": "Commonest words of captions",
    "tokens": "Commonest tokens of captions",
    "tags": "Commonest tags of images, above the tagger's floor",
}
# A sample may have several of these.
KEYS = ("nouns", "words", "tokens", "tags")
# The characters of a name that are shown.
LONGEST = 60
COLUMNS = {"caption": "captions", "url": "URLs", "sha256": "images"}


@dataclass(frozen=True)
class PageTable:
    """A table: the first column names something, the others are numbers. bars: a share from 0 to 1 for each row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[float, ...]
    note: str = ""


def tables_of(found: CorpusStatistics) -> Iterator[PageTable]:
    """The tables of a corpus, in the order of the page."""
    yield _read(found)
    yield _repeated(found.usable, found.repeated, found.keyless)
    for one in found.value_counts:
        yield _values(one)


def trait_tables(found: CorpusTraits) -> Iterator[PageTable]:
    """The tables of a corpus in a report."""
    if found.repeated:
        yield _repeated(found.usable, found.repeated, None)
    for one in found.value_counts:
        yield _values(one)


def _read(found: CorpusStatistics) -> PageTable:
    """What was read, and why some of it is of no use."""
    counts = [("usable", found.usable), *((f"{name}: {MEANINGS[name]}", count) for name, count in found.rejects)]
    failed = f", {number(found.failed)} failed" if found.failed else ""
    shards = f"{number(found.shards)} shard{'' if found.shards == 1 else 's'}"
    note = f"{number(found.samples)} samples in {shards}{failed}, {size(found.bytes)}"
    return _table("Samples", ("", "samples", "share"), counts, found.samples, note)


def _repeated(usable: int, repeated: Sequence[RepeatedValues], keyless: KeylessCaptions | None) -> PageTable:
    rows = []
    for one in repeated:
        name = COLUMNS[one.column]
        rows.append((f"{name} (of usable samples)", one.values, usable))
        if one.values:
            rows.append((f"{name} that repeat an earlier one", one.repeats, one.values))
    if keyless:
        what = f"captions without any {keyless.index.removesuffix('s')} (of those searched)"
        rows.append((what, keyless.without, keyless.captions))
    return PageTable(
        "Repeats",
        ("", "samples", "share"),
        tuple((name, number(part), share(part, whole)) for name, part, whole in rows),
        tuple(part / whole if whole else 0.0 for _, part, whole in rows),
    )


def _values(counted: ValueCounts) -> PageTable:
    values, shown = list(counted.values), len(counted.values)
    note = f"of {number(counted.samples)} samples"
    if counted.of in KEYS:
        note = f"{number(shown)} of {number(counted.distinct)}, {note}"
    elif counted.distinct > shown:
        rest = counted.samples - sum(count for _, count in values)
        values.append((f"({number(counted.distinct - shown)} others)", rest))
    return _table(
        TITLES[counted.of],
        (counted.of.removesuffix("s").replace("_", " "), "samples", "share"),
        values,
        counted.samples,
        note,
    )


def _table(
    title: str, columns: tuple[str, ...], counts: list[tuple[str, int]], whole: int, note: str = ""
) -> PageTable:
    rows = tuple((shortened(readable(name), LONGEST), number(count), share(count, whole)) for name, count in counts)
    return PageTable(title, columns, rows, tuple(count / whole if whole else 0.0 for _, count in counts), note)
