"""Rules about absences in a search of a corpus: lists that other searches have, and frequencies of 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jobs.analysis.suspicions.chance import tail
from jobs.analysis.suspicions.suspicion import Count, Question, Suspicion, by_corpus, typical_decades

Questions = Mapping[Question, Sequence[Count]]

# A list's zeros are improbable if chance gives as many in fewer than one list of a thousand.
IMPROBABLE = 0.001
# The share of zeros is not judged for lists with fewer concepts.
ENOUGH = 5


def list_absent(questions: Questions) -> Iterator[Suspicion]:
    """Lists that a question lacks, in whole or in part, while another search of the corpus or another corpus has them.

    A question is compared with those of the same corpus, and with those of the same search in other corpora, if both
    have the same source and share a list: a corpus that was counted for another task lacks nothing. The size of a list
    is its largest size in any question.
    """
    sizes = {question: _sizes(counts) for question, counts in questions.items()}
    for question, counts in questions.items():
        elsewhere: dict[str, tuple[int, Question]] = {}
        for other, known in sizes.items():
            if _comparable(question, other) and not sizes[question].keys().isdisjoint(known):
                for name, size in known.items():
                    elsewhere[name] = max(elsewhere.get(name, (0, other)), (size, other), key=lambda pair: pair[0])
        typical = typical_decades(counts)
        for name, (size, where) in elsewhere.items():
            have = sizes[question].get(name, 0)
            if have < size:
                yield _absent(question, name, have, size, where, typical)


def zeros_in_list(counts: Sequence[Count]) -> Iterator[Suspicion]:
    """Lists of one question in which an improbable share is 0.

    The share is compared with the share p among the concepts of the other lists. Chance gives k or more zeros among n
    with a probability of at most `chance.tail`.
    """
    zeros, sizes = _zeros(counts), _sizes(counts)
    typical = typical_decades(counts)
    for name, size in sizes.items():
        others = sum(sizes.values()) - size
        if size < ENOUGH or others < ENOUGH:
            continue
        found = zeros.get(name, 0)
        # Half a concept is added, so that a 0 elsewhere is never impossible.
        usual = (sum(zeros.values()) - found + 0.5) / (others + 1)
        if found / size > usual and tail(found, size, usual) < IMPROBABLE:
            yield _improbable(counts[0].question, name, found, size, usual, typical)


def zeros(questions: Questions, tasks: Mapping[str, str]) -> Iterator[Suspicion]:
    """The share of zeros of each question, for the lists of each task, because those are pooled in one fit.

    Lists that only one search of the corpus has are left out if other lists remain, so that the shares of the searches
    can be compared.
    """
    for own in by_corpus(questions).values():
        searches: dict[str, set[str]] = {}
        for question, counts in own.items():
            for name in _sizes(counts):
                searches.setdefault(name, set()).add(question.search)
        several = {name for name, found in searches.items() if len(found) > 1}
        for question, counts in own.items():
            for pooled in _by_task(counts, tasks):
                yield from _share(question, [c for c in pooled if not several.isdisjoint(c.lists)] or pooled)


def _comparable(question: Question, other: Question) -> bool:
    if question == other or question.source != other.source:
        return False
    if question.corpus == other.corpus:
        return question.search != other.search or question.method != other.method
    return question.search == other.search


def _by_task(counts: Sequence[Count], tasks: Mapping[str, str]) -> list[list[Count]]:
    groups: dict[str, list[Count]] = {}
    for count in counts:
        for task in {tasks.get(name, "") for name in count.lists} or {""}:
            groups.setdefault(task, []).append(count)
    return list(groups.values())


def _sizes(counts: Sequence[Count]) -> dict[str, int]:
    """The number of concepts by list."""
    found: dict[str, int] = {}
    for count in counts:
        for name in count.lists:
            found[name] = found.get(name, 0) + 1
    return found


def _zeros(counts: Sequence[Count]) -> dict[str, int]:
    return _sizes([count for count in counts if count.frequency == 0])


def _absent(question: Question, name: str, have: int, size: int, where: Question, typical: float) -> Suspicion:
    lacks = "lacks it" if have == 0 else f"has only {have:,} of them"
    reason = f"{name} has {size:,} concepts in {where.corpus}, {where}; {question.corpus}, {question} {lacks}"
    return Suspicion(
        "list_absent" if have == 0 else "list_incomplete", question, (name,), None, None, f"{where.corpus}, {where}",
        size - have, typical, reason,
    )  # fmt: skip


def _improbable(question: Question, name: str, zero: int, size: int, usual: float, typical: float) -> Suspicion:
    reason = (
        f"{zero:,} of the {size:,} concepts of {name} are 0 (share {zero / size:.2f}), of the other lists a share of "
        f"{usual:.2f}: the search hardly reaches this list"
    )
    more = max(1, round(zero - usual * size))
    return Suspicion("zeros_in_list", question, (name,), None, 0, None, more, typical, reason)


def _share(question: Question, counts: Sequence[Count]) -> Iterator[Suspicion]:
    answered = [count for count in counts if count.frequency is not None]
    zero = sum(count.frequency == 0 for count in answered)
    if zero:
        reason = (
            f"{zero:,} of {len(answered):,} concepts are 0 (share {zero / len(answered):.2f}): a fit puts them "
            "all at one frequency"
        )
        lists = tuple(sorted({name for count in answered for name in count.lists}))
        yield Suspicion("zeros", question, lists, None, 0, None, zero, typical_decades(counts), reason)
