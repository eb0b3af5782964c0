"""Rules about ties: concepts of one search that have the same frequency.

A search that drops unknown words answers a concept by the rest of its words: `Newfoundland dog` is then as frequent as
`dog`. Names that give the same query (River, river) count as one concept here and are no tie.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.analysis.suspicions.chance import IMPROBABLE, Chance
from jobs.analysis.suspicions.suspicion import LARGE, Count, Suspicion, decades, in_words, suspicion


@dataclass(frozen=True)
class Tie:
    """Counts of one question that share a frequency of at least LARGE, from two or more queries.

    `equal`: counts that are as frequent as one of their own terms, with that term's count. `alike`: counts that share a
    term, with the term, if the term is no concept of this frequency. `others`: the rest.
    """

    frequency: int
    members: tuple[Count, ...]
    equal: tuple[tuple[Count, Count], ...]
    alike: tuple[tuple[Count, str], ...]
    others: tuple[Count, ...]


def ties(counts: Sequence[Count]) -> list[Tie]:
    """The ties of one question, whether chance explains them or not."""
    groups: dict[int, list[Count]] = {}
    for count in counts:
        if count.frequency and count.frequency >= LARGE:
            groups.setdefault(count.frequency, []).append(count)
    return [_tie(frequency, group) for frequency, group in groups.items() if len({c.query for c in group}) > 1]


def equals_a_term(found: Sequence[Tie]) -> Iterator[Suspicion]:
    """Concepts of several terms that are as frequent as one of their terms: the other terms had no effect."""
    for tie in found:
        for count, term in tie.equal:
            reason = (
                f"{count.concept} is as frequent as {term.concept} ({tie.frequency:,}): either its other terms were "
                "dropped, or every sample of the term has them too"
            )
            yield suspicion("equals_a_term", count, term.concept, len(tie.equal), decades(tie.frequency), reason)


def shared_term(counts: Sequence[Count], found: Sequence[Tie]) -> Iterator[Suspicion]:
    """Concepts of several terms that share a term and a frequency, if chance among those with the term is improbable.

    The shared term need not be a concept itself.
    """
    wanted = {term for tie in found for _, term in tie.alike}
    chances = {term: Chance(found.values()) for term, found in _by_term(counts, wanted).items()}
    for tie in found:
        for term in dict.fromkeys(term for _, term in tie.alike):
            sharers = [count for count, own in tie.alike if own == term]
            queries = len({count.query for count in sharers})
            by_chance = chances[term].expected(tie.frequency, queries)
            if by_chance < IMPROBABLE:
                yield from _sharing(tie, term, sharers, by_chance)


def same_frequency(counts: Sequence[Count], found: Sequence[Tie]) -> Iterator[Suspicion]:
    """Concepts without a common term that share a frequency so large that a tie by chance is improbable.

    The limit depends on the search: fewer than IMPROBABLE such groups must be expected at this frequency or above.
    Concepts whose tie a term explains count as one.
    """
    chance = Chance({count.query: count.frequency for count in counts if count.frequency}.values())
    for tie in found:
        explained = bool(tie.equal) + len({term for _, term in tie.alike})
        size = len({count.query for count in tie.others}) + explained
        by_chance = chance.expected(tie.frequency, size) if tie.others and size > 1 else 1.0
        if by_chance < IMPROBABLE:
            yield from _coinciding(tie, by_chance)


def _tie(frequency: int, members: Sequence[Count]) -> Tie:
    singles = {form: count for count in members if len(count.query) == 1 for form in count.words[0]}
    equal, rest = [], []
    for count in members:
        term = _own_term(count, singles)
        if term:
            equal.append((count, term))
        else:
            rest.append(count)
    # A concept that is the term of another is explained by that.
    queries = {term.query for _, term in equal}
    rest = [count for count in rest if count.query not in queries]
    shared = _shared_terms(rest)
    alike = tuple((count, shared[count.query]) for count in rest if count.query in shared)
    others = tuple(count for count in rest if count.query not in shared)
    return Tie(frequency, tuple(members), tuple(equal), alike, others)


def _own_term(count: Count, singles: dict[str, Count]) -> Count | None:
    if len(count.query) == 1:
        return None
    return next((singles[form] for term in count.words for form in term if form in singles), None)


def _shared_terms(counts: Sequence[Count]) -> dict[frozenset[str], str]:
    """For each query of several terms, its term that most other queries share; queries that share none are left out."""
    queries = {count.query for count in counts if len(count.query) > 1}
    users: dict[str, int] = {}
    for query in queries:
        for term in query:
            users[term] = users.get(term, 0) + 1
    best = {query: max(sorted(query), key=lambda term: users[term]) for query in queries}
    return {query: term for query, term in best.items() if users[term] > 1}


def _by_term(counts: Sequence[Count], wanted: set[str]) -> dict[str, dict[frozenset[str], int]]:
    """For each wanted term, the frequencies of the queries of several terms that have it."""
    found: dict[str, dict[frozenset[str], int]] = {term: {} for term in wanted}
    for count in counts:
        if count.frequency and len(count.query) > 1:
            for term in count.query & wanted:
                found[term][count.query] = count.frequency
    return found


def _sharing(tie: Tie, term: str, sharers: Sequence[Count], by_chance: float) -> Iterator[Suspicion]:
    names = list(dict.fromkeys(count.concept for count in sharers))
    for count in sharers:
        rest = in_words([name for name in names if name != count.concept])
        reason = (
            f"{count.concept} shares '{term}' and the frequency {tie.frequency:,} with {rest}: their other terms were "
            f"dropped (by chance {by_chance:.2g} such groups are expected among the concepts with '{term}')"
        )
        yield suspicion("shared_term", count, term, len(sharers), decades(tie.frequency), reason)


def _coinciding(tie: Tie, by_chance: float) -> Iterator[Suspicion]:
    names = list(dict.fromkeys(count.concept for count in tie.members))
    for count in tie.others:
        rest = in_words([name for name in names if name != count.concept])
        reason = (
            f"{count.concept} has the frequency {tie.frequency:,} of {rest}: one query for all of them, or a slip (by "
            f"chance {by_chance:.2g} such groups are expected at this frequency or above)"
        )
        yield suspicion("same_frequency", count, rest, len(tie.others), decades(tie.frequency), reason)
