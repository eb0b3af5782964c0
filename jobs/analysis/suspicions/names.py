"""Rules about names: one name with two frequencies, two names for one thing, names that the evaluations do not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from jobs.analysis.suspicions.suspicion import Count, Suspicion, decades, in_words, suspicion
from udfs.text.spellings import spelling


def differs_between_lists(counts: Sequence[Count]) -> Iterator[Suspicion]:
    """Names of one question with different frequencies in different lists: the lists were counted in different ways."""
    for same in _grouped(counts, lambda count: count.concept):
        if len({count.frequency for count in same}) > 1:
            lowest, highest = _ends(same)
            places = "; ".join(f"{_number(count)} in {_place(count)}" for count in same)
            reason = f"{lowest.concept} has different frequencies in different lists: {places}"
            other = f"{_place(highest)}: {_number(highest)}"
            yield suspicion("differs_between_lists", lowest, other, len(same), _span(lowest, highest), reason)


def differs_in_spelling(counts: Sequence[Count]) -> Iterator[Suspicion]:
    """Names of one question that differ by case or underscores only; the weight is 0 if their frequencies agree."""
    for same in _grouped(counts, lambda count: spelling(count.concept)):
        if len({count.concept for count in same}) > 1:
            names = {count.concept: _merged(count, same) for count in same}
            lowest, highest = _ends(list(names.values()))
            others = [name for name in names if name != lowest.concept]
            places = "; ".join(f"{name} {_number(count)} ({_place(count)})" for name, count in names.items())
            reason = f"names that differ by case or underscore only, fitted as {len(names)} concepts: {places}"
            yield suspicion("differs_in_spelling", lowest, in_words(others), len(same), _span(lowest, highest), reason)


def unpaired_name(
    counts: Iterable[Count], evaluated: Mapping[str, AbstractSet[str]], fixes: Mapping[str, Mapping[str, str]]
) -> Iterator[Suspicion]:
    """Counted names that the evaluations of their list lack, and evaluated names that no list counted.

    `evaluated` gives the names by set; sets without counts, and lists without evaluations, are ignored. `fixes` maps,
    by set, names of the evaluations to those of the counts; names that it pairs weigh nothing. A name that differs by
    case or underscore only is reported as the partner. So is the last name on either side if one is left on each.
    """
    for name, known in _by_list(counts, evaluated).items():
        fixed = {counted: other for other, counted in fixes.get(name, {}).items()}
        missing = sorted(known.keys() - evaluated[name])
        uncounted = sorted(evaluated[name] - known.keys())
        partners = _partners(missing, uncounted, evaluated[name]) | fixed
        for concept in missing:
            yield _unpaired(name, known[concept], partners.get(concept), concept in fixed)
        for concept in uncounted:
            if concept not in partners.values():
                reason = f"{concept} of {name} has evaluations, but was not counted under this name"
                yield Suspicion("unpaired_name", None, (name,), concept, None, None, 1, 0.0, reason)


def _partners(missing: Sequence[str], uncounted: Sequence[str], evaluated: Iterable[str]) -> dict[str, str]:
    """Counted name -> the evaluated name that is probably the same."""
    if len(missing) == len(uncounted) == 1:
        return {missing[0]: uncounted[0]}
    spelled = {spelling(name): name for name in sorted(evaluated)}
    return {name: spelled[spelling(name)] for name in missing if spelling(name) in spelled}


def _unpaired(name: str, count: Count, partner: str | None, fixed: bool) -> Suspicion:
    there = f"; there it is {partner}" if partner else ""
    end = "a name fix pairs the two" if fixed else "it is lost from the fit"
    reason = f"{count.concept} of {name} is in the counts, but has no evaluations under this name{there}: {end}"
    off = 0.0 if fixed else decades(count.frequency)
    return Suspicion("unpaired_name", None, (name,), count.concept, count.frequency, partner, 1, off, reason)


def _by_list(counts: Iterable[Count], wanted: Mapping[str, object]) -> dict[str, dict[str, Count]]:
    """For each wanted list its names, each with its largest count."""
    found: dict[str, dict[str, Count]] = {}
    for count in counts:
        for name in count.lists:
            if name in wanted:
                known = found.setdefault(name, {})
                before = known.get(count.concept)
                if before is None or (count.frequency or 0) > (before.frequency or 0):
                    known[count.concept] = count
    return found


def _grouped(counts: Sequence[Count], key: Callable[[Count], str]) -> Iterator[list[Count]]:
    groups: dict[str, list[Count]] = {}
    for count in counts:
        groups.setdefault(key(count), []).append(count)
    return (group for group in groups.values() if len(group) > 1)


def _merged(count: Count, same: Sequence[Count]) -> Count:
    """The count with the lists of all counts of its name."""
    lists = [name for other in same if other.concept == count.concept for name in other.lists]
    return replace(count, lists=tuple(dict.fromkeys(lists)))


def _ends(counts: Sequence[Count]) -> tuple[Count, Count]:
    lowest = min(counts, key=lambda count: count.frequency or 0)
    return lowest, max(counts, key=lambda count: count.frequency or 0)


def _span(lowest: Count, highest: Count) -> float:
    return decades(highest.frequency) - decades(lowest.frequency)


def _place(count: Count) -> str:
    return ", ".join(count.lists) or "no list"


def _number(count: Count) -> str:
    return "no frequency" if count.frequency is None else f"{count.frequency:,}"
