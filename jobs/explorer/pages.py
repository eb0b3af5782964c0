"""What each page shows: a question in, the name of a template and its values out. All answers are the snapshot's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jobs.errors import ConceptfreqError
from jobs.explorer.answers import Shelf
from jobs.explorer.asked import BadRequest, PageQuery
from jobs.explorer.kept import OF_ROW, look_up
from jobs.explorer.page_values import Page
from jobs.explorer.word_parts import choices
from jobs.results.counts.answers import Frequency
from jobs.results.counts.rankings import Ranking
from jobs.results.looked import Looked
from jobs.results.text_and_image import text_against_image

# Concepts on one page of a list, and names that are offered while somebody types.
CONCEPTS: Final = 50
OFFERED: Final = 12
# How a list is ordered: the column and its direction.
ORDERS: Final = {"most": "the most frequent first", "least": "the least frequent first", "name": "by name"}


def home(shelf: Shelf, asked: PageQuery) -> Page:
    """What the lake holds: its corpora, what was counted in them, and the commonest concepts of each search."""
    snapshot = shelf.snapshot
    rankings = shelf.kept(("home",), lambda: commonest(snapshot.rankings()), lambda rows: OF_ROW * len(rows) * OFFERED)
    values = {"corpora": snapshot.corpora(), "rankings": rankings, "names": len(snapshot.names())}
    return Page("home.html.j2", {**values, "fits": snapshot.fits()})


def commonest(rankings: Sequence[Ranking]) -> list[tuple[Ranking, list[Frequency]]]:
    """Each ranking with its commonest concepts."""
    return [(one, one.ordered("most", None, 0, OFFERED)) for one in rankings]


def concepts(shelf: Shelf, asked: PageQuery) -> Page:
    """The concepts of one ranking, a page at a time."""
    rankings = shelf.snapshot.rankings()
    if not rankings:
        raise ConceptfreqError("nothing is counted or imported yet: run `conceptfreq run`")
    place, start = asked.whole("ranking", 0), asked.whole("start", 0)
    if place >= len(rankings):
        raise BadRequest(f"ranking: there are {len(rankings)}, from 0")
    order, like = asked.one_of("order", ORDERS, "most"), asked.text("like")
    found = rankings[place].ordered(order, like, start, CONCEPTS)
    values = {"rankings": rankings, "place": place, "order": order, "orders": ORDERS, "like": like}
    return Page("concepts.html.j2", {**values, "found": found, "start": start, "step": CONCEPTS})


def offered(shelf: Shelf, asked: PageQuery) -> list[str]:
    """Names for what somebody types."""
    text = asked.text("text")
    return shelf.snapshot.names().like(text, OFFERED) if text else []


def concept(shelf: Shelf, asked: PageQuery) -> Page:
    """A word under every search, and where the rest of its page comes from."""
    name = asked.name()
    looked = look_up(shelf, name)
    both = list(text_against_image([one.frequency for one in looked]))
    question = asked.samples(shelf.snapshot.settings.searches)
    values = {"name": name, "looked": looked, "both": both, "question": question}
    return Page(
        "concept.html.j2",
        {**values, "has_law": any(one.expected for one in looked), **choices(shelf.snapshot.settings)},
    )


def compare(shelf: Shelf, asked: PageQuery) -> Page:
    """Several words beside one another, under every search of every corpus."""
    names = asked.names()
    found: dict[str, list[Looked]] = {}
    troubles: dict[str, str] = {}
    for name in names:
        try:
            found[name] = look_up(shelf, name)
        except ConceptfreqError as error:
            troubles[name] = str(error)
    lines: dict[tuple[object, ...], dict[str, Looked]] = {}
    for name, looked in found.items():
        for one in looked:
            row = one.frequency
            source = row.source.partition(",")[0]
            lines.setdefault((row.corpus, row.search, row.threshold, source, row.list), {})[name] = one
    return Page("compare.html.j2", {"names": names, "lines": lines, "troubles": troubles, "typed": ""})
