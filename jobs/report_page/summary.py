"""What a run has found, in sentences: the first thing on the page, for readers who stop there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from jobs.analysis.suspicions.kinds import KINDS
from jobs.analysis.verdict import Direction, direction, verdict
from jobs.report_page.data import ReportData, SearchCounts
from jobs.report_page.formatting import MEANINGS, fit_title, number, percent, share
from jobs.results.fits.fitted import Fitted
from udfs import statuses

DIRECTIONS: Mapping[Direction, str] = {
    "better": "say that frequency helps",
    "worse": "say that it harms",
    "cannot say": "cannot say",
}


def summary(data: ReportData, pools: Sequence[Fitted]) -> list[tuple[str, str]]:
    """Pairs of a subject and what is to say of it. pools: the fits under the first protocol."""
    return [*_read(data), *_found(data.searches), *_law(data, pools), *_mistrusted(data)]


def _read(data: ReportData) -> Iterator[tuple[str, str]]:
    samples, failed = (sum(getattr(one, of) for one in data.corpora) for of in ("samples", "shards_failed"))
    said = f"{number(samples)} {'sample was' if samples == 1 else 'samples were'} read"
    if failed:
        said += f"; {number(failed)} {'shard' if failed == 1 else 'shards'} could not be"
    rejects: Counter[str] = Counter()
    for stage in data.stages:
        rejects.update({status: count for status, count in stage.others if status not in statuses.USABLE})
    if rejects:
        status, count = rejects.most_common(1)[0]
        said += f". The commonest reason for a reject: {MEANINGS.get(status, status)} ({number(count)} times)"
    yield "Read", f"{said}."


def _found(searches: Sequence[SearchCounts]) -> Iterator[tuple[str, str]]:
    """The first search of each corpus."""
    first: dict[str, SearchCounts] = {}
    for counts in searches:
        if counts.ranked:
            first.setdefault(counts.corpus, counts)
    for corpus, counts in first.items():
        known = len(counts.ranked)
        said = f"{counts.label.capitalize()} finds {number(len(counts.found))} of {number(known)} concepts"
        if counts.never:
            said += f" and never {number(len(counts.never))} ({share(len(counts.never), known)})"
        if counts.found:
            name, frequency = counts.found[0]
            said += f". The most frequent is {name} ({number(frequency)} {'sample' if frequency == 1 else 'samples'})"
        unanswerable = len(counts.concepts) - known
        if unanswerable:
            said += f". {number(unanswerable)} it cannot answer"
        yield corpus, f"{said}."


def _law(data: ReportData, pools: Sequence[Fitted]) -> Iterator[tuple[str, str]]:
    if not pools:
        yield "The law", "Nothing could be fitted: see why below." if data.refusals else "Nothing was fitted."
        return
    first = pools[0]
    said = f"{fit_title(first.item)}. {verdict(first.law, first.pooled, first.item.higher_is_better)}"
    if len(pools) > 1:
        found = Counter(direction(fit.pooled, fit.item.higher_is_better) for fit in pools)
        told = [f"{number(found[way])} {words}" for way, words in DIRECTIONS.items() if found[way]]
        said += f" Of all {number(len(pools))} fits: {', '.join(told)}."
    yield "The law", said


def _mistrusted(data: ReportData) -> Iterator[tuple[str, str]]:
    worst = max((row for row in data.misaligned if row.degree), key=lambda row: row.degree or 0.0, default=None)
    if worst is not None:
        where = f"in {percent(worst.degree)} of samples of {worst.corpus} above {worst.threshold:g}"
        yield "Misaligned", f"Caption and image both hold concepts, and have none in common, {where}."
    if data.unaudited:
        yield "Audit", f"{data.unaudited[0].upper()}{data.unaudited[1:]}."
    elif data.flags:
        kinds = Counter(flag.kind for flag in data.flags)
        told = "; ".join(f"{KINDS[kind]}: {number(count)}" for kind, count in kinds.most_common(3))
        found = len(data.flags)
        yield "Audit", f"{number(found)} {'finding deserves' if found == 1 else 'findings deserve'} a look ({told})."
    elif data.searches:
        yield "Audit", "Nothing suspicious in any frequency."
