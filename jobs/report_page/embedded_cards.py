"""What the cards of concepts show beyond counts and scores, as the page's scripts read it: names, company, samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.figures.readable import readable, shortened
from jobs.report_page.pictures import Pictures, picture
from jobs.results.samples.card_parts import CardParts
from jobs.results.samples.companions import Companions
from jobs.results.samples.strips import SampleStrips

# Characters of a sample's caption.
CAPTION = 160
Json = dict[str, Any]


def parts_of(found: CardParts, at: Mapping[str, int]) -> Json:
    """The parts of the shown concepts: concept, part, name or null, and its samples by each of the searches."""
    columns = list(found.counts.values())
    rows = [
        [at[concept], part, name if name is None else readable(name), [column[row] for column in columns]]
        for row, (concept, part, name) in enumerate(found.parts)
        if concept in at
    ]
    return {"searches": [readable(search) for search in found.counts], "rows": rows}


def companions_of(search: str, found: Companions, at: Mapping[str, int]) -> Json:
    """For each shown concept its companions: concept, samples, NPMI; those that are not shown are left out."""
    rows = {
        at[name]: [[at[one.name], one.samples, round(one.npmi, 2)] for one in each if one.name in at]
        for name, each in found.items()
        if name in at
    }
    return {"search": readable(search), "concepts": rows}


def strips_of(strips: SampleStrips, at: Mapping[str, int], pictures: Pictures) -> Json:
    """Samples with their pictures, and for each shown concept the places of its own among them."""
    samples = [
        {
            "place": readable(f"{one.key[0]}, {one.key[1]}, {one.sample}"),
            "caption": None if one.caption is None else shortened(readable(one.caption), CAPTION),
            **picture(pictures.get(one.key)),
        }
        for one in strips.samples
    ]
    concepts = {at[name]: places for name, places in strips.of_concept.items() if name in at}
    return {"told": readable(strips.told), "samples": samples, "concepts": concepts}
