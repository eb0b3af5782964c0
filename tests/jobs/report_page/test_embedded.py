"""The block of numbers: right values by position, nothing that HTML could take for markup, and a bounded size."""

from __future__ import annotations

import json
from dataclasses import replace

from report_examples import HOSTILE, WORDS, concepts, example, hostile

from jobs.figures.readable import readable
from jobs.report_page import ConceptCount, SearchCounts
from jobs.report_page.embedded import embedded
from jobs.report_page.shown_concepts import shown_concepts


def test_every_number_stands_at_its_concept() -> None:
    data = example()
    shown = shown_concepts(data.searches, data.fits)
    read = json.loads(embedded(data, shown, {}))
    names, frequency, score = concepts()
    text, _, _, photos = read["searches"]
    at = {name: place for place, name in enumerate(read["concepts"])}
    assert [text["counts"][at[name]] for name in names] == frequency
    assert text["counts"][at["737-800"]] is None and photos["counts"][at["737-800"]] == -1, "no answer, and not asked"
    assert text["reasons"] == [["no noun in the name", sorted([at["737-800"], at["blue"]])]]
    [block] = read["scores"]
    assert [read["concepts"][concept] for concept in block["concepts"]] == names and block["scores"] == score
    assert [law["scores"] for law in read["laws"]] == [0, 0], "both searches share one block"
    law = data.fits[0].law
    assert read["laws"][0]["line"] == [law.intercept, law.slope_per_decade]
    assert read["laws"][0]["bins"][-1] == [law.bin_table[-1].frequency, law.bin_table[-1].mean, 5, False]
    assert read["parts"]["searches"] == ["glyphs, text search"]
    assert read["parts"]["rows"][1] == [at["comet"], "alias", "meteor", [71]]
    [together] = read["companions"]
    assert together == {"search": "glyphs, text search", "concepts": {str(at["comet"]): [[at["moon"], 12, 0.43]]}}
    assert read["flags"] == [
        [at["comet"], 1, "low_in_one_search", "text search finds 1,469"],
        [at["umbrella"], 3, "zeros", "0 of 1,171 samples"],
    ]


def test_no_text_can_end_the_block() -> None:
    data = hostile()
    text = embedded(data, shown_concepts(data.searches, data.fits), {})
    assert not set("<>&\u2028\u2029\u202e\x00\ud800") & set(text)
    assert readable(HOSTILE[0]) in json.loads(text)["concepts"]


def test_a_page_holds_the_first_of_each_search() -> None:
    names = [f"concept {i:03}" for i in range(300)]
    up = SearchCounts("c", "text", None, [ConceptCount(name, i) for i, name in enumerate(names)])
    down = SearchCounts("c", "image", 0.5, [ConceptCount(name, 300 - i) for i, name in enumerate(names)])
    shown = shown_concepts([up, down], [], most=40)
    assert not shown.all_shown and shown.concepts == 300
    assert shown.ranked == 20, "40, 32, 25, 20: no two concepts are among the first 20 of both"
    assert shown.names == tuple(names[:20] + names[-20:])
    assert shown_concepts([up, down], [], most=300).all_shown


def test_concepts_with_a_score_come_along() -> None:
    many = [ConceptCount(f"filler {i}", 10_000 - i) for i in range(200)] + [ConceptCount(name, 1) for name in WORDS]
    fits = example().fits
    shown = shown_concepts([SearchCounts("glyphs", "text", None, many)], fits, most=100)
    assert len(set(shown.names) & set(WORDS)) == 50, "half of the places"
    data = replace(example(), searches=[SearchCounts("glyphs", "text", None, many)], fits=fits)
    read = json.loads(embedded(data, shown, {}))
    assert len(read["scores"][0]["concepts"]) == 50 and len(read["searches"][0]["counts"]) == len(shown.names)
    assert len(read["laws"]) == 1, "the image search is not among these searches"
