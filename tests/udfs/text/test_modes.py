"""Every match mode on real captions, against plain loops over spaCy's documents (tests/support/naive.py)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from naive import Naive

from udfs.counting.matching import make_matcher
from udfs.text.modes import INDEX_OF, Index, Mode, find_terms, make_queries
from udfs.text.nouns import Nouns, nouns_of
from udfs.text.queries import resolve_absent
from udfs.text.task import NounTask
from udfs.text.words import CONTENT_TAGS, words_of

PIPELINE = "en_core_web_sm"
CAPTIONS = 3_000
# One word, several, plurals, hyphens, underscores, digits, capitals, adjectives, verbs, possessives, punctuation,
# letters beyond A-Z, function words, and next to nothing.
CONCEPTS = """
dog|cat|tree|person|beach|man|woman|actor|photo|background|illustration|pattern|music|sunset|castle|mountain|
river|kitchen|flower|car|wedding|vector|player|football|city|street|house|water|glass|lens|gas|bus|boss|rose|
saw|living room|New York|hot dog|polar bear|living_room|dining_table|christmas tree|red carpet|fashion week|
film premiere|seamless pattern|vector illustration|world map|palm tree|football player|kitchen table|city street|
sports car|wedding dress|train_station|United States|los angeles|san francisco|bird of paradise|stop sign|
dogs|cats|trees|people|men|women|children|leaves|glasses|lenses|buses|knives|feet|teeth|tigers|geese|shoes|
flowers|cars|players|cities|clouds|boxes|works|species|t-shirt|T-Shirt|close-up|black-and-white|x-ray|well-known|
state-of-the-art|3-piece|co-founder|hand-drawn|high_quality|stock_photo|interior__design|_logo_|737|A310|2|2017|
3d|3D|4k|mp3|f-16|iphone 6|4x4|1890s|50%|no. 1|ten|two|second|DOG|Paris|LONDON|iPhone|BMW|USA|U.S.|St. Louis|
Mr. Bean|NASA|McDonald|France|france|Christmas|striped|bumpy|dotted|smeared|wooden|beautiful|black|white|red|
isolated|abstract|old|young|modern|bigger|best|fastest|running|run|runs|ran|walking|sitting|sit|standing|playing|
swim|swimming|smiling|dancing|riding|wearing|is|left|evening|building|painting|quickly|together|outside|black dog|
young man|white background|old building|red flower|beautiful woman|wooden table|striped shirt|running man|
man standing|men's|dog's|women's shoes|women’s dress|children's book|mother's day|king's cross|valentine’s day|
rock & roll|!|?|C++|a/b|$|hello, world|(c)|#love|@home|e.g.|café|Café|naïve|Beyoncé|résumé|三|東京|Москва|😀|
crème brûlée|of|the|in|on|by|with|and|you|not|Lord of the Rings|_|’s|...
"""
TEXTS = {
    "café in the 東京 street, a naïve 😀 dog": "dog",
    "the A310 and two 737 near St. Louis": "a310",
    "Rock & Roll!\tC++ at 50% off": "roll",
}


def concepts() -> list[str]:
    return CONCEPTS.strip("\n").replace("\n", "").split("|")


@pytest.fixture(scope="module")
def texts(shared: Path) -> list[str]:
    """Real captions, half of CC3M's style, half web alt text, and a few that hold what these seldom do."""
    folder = shared / "corpora" / "captions"
    with open(folder / "cc3m_val.tsv", encoding="utf-8") as lines:
        plain = [line.split("\t")[0] for line, _ in zip(lines, range(CAPTIONS // 2), strict=False)]
    web = pq.read_table(folder / "web_alt_text_laion_columns.parquet")["TEXT"].to_pylist()
    return plain + [text for text in web if text and text.strip()][: CAPTIONS // 2] + list(TEXTS)


@pytest.fixture(scope="module")
def naive(texts: list[str], pipeline: Any) -> Naive:
    return Naive(pipeline, texts)


@pytest.fixture(scope="module")
def stored(texts: list[str]) -> dict[str, pa.Table]:
    """What a caption pass stores of the captions, by index."""
    rows = pa.RecordBatch.from_pydict(
        {
            "shard": ["a"] * len(texts),
            "sample": [str(i) for i in range(len(texts))],
            "ordinal": list(range(len(texts))),
            "caption": texts,
        }
    )
    indexes: list[Index] = ["nouns", "words", "tokens", "text"]
    tasks = {name: NounTask(PIPELINE, 100_000, name, clean=False) for name in indexes}
    return {name: pa.Table.from_batches(task(iter([rows]))) for name, task in tasks.items()}


def counted(mode: Mode, rows: pa.Table, ignore_case: bool = False) -> dict[str, int | None]:
    """The concepts' counts over stored rows, by the project's queries and matcher."""
    queries = make_queries(concepts(), mode, PIPELINE)
    if mode == "paper":
        vocabulary = {key for keys in rows["keys"].to_pylist() for key in keys}
        queries = {concept: resolve_absent(query, vocabulary) for concept, query in queries.items()}
    matcher = make_matcher(list(queries.values()), mode, ignore_case)
    pairs = zip(rows["keys"].to_pylist(), rows["positions"].to_pylist(), strict=True)
    found = Counter(number for keys, positions in pairs for number in matcher.match(keys, positions))
    return {
        concept: None if query.unanswerable else found[number]
        for number, (concept, query) in enumerate(queries.items())
    }


def test_there_are_concepts_of_all_kinds() -> None:
    assert len(concepts()) == len(set(concepts())) >= 200


@pytest.mark.parametrize("mode", list(INDEX_OF))
def test_counts_equal_plain_loops(mode: Mode, naive: Naive, stored: dict[str, pa.Table]) -> None:
    found = counted(mode, stored[INDEX_OF[mode]])
    assert found == naive.counts(mode, concepts())
    answered = [count for count in found.values() if count]
    assert len(answered) > 80 and sum(answered) > 1_000


def test_substrings_without_case_equal_plain_loops(naive: Naive, stored: dict[str, pa.Table]) -> None:
    found = counted("substring", stored["text"], ignore_case=True)
    assert found == naive.counts("substring", concepts(), ignore_case=True)
    with_case = naive.counts("substring", concepts())
    assert found["DOG"] == found["dog"] and (with_case["DOG"] or 0) < (found["DOG"] or 0)


@pytest.mark.parametrize("text", TEXTS)
def test_raw_keeps_digits_and_drops_marks(text: str) -> None:
    (found,) = find_terms([text], "tokens", PIPELINE)
    (query,) = make_queries([TEXTS[text]], "raw", PIPELINE).values()
    assert make_matcher([query], "raw").match(found.keys, found.positions) == [0]
    assert not {"!", "&", ",", "."} & set(found.keys)


@pytest.mark.parametrize(
    ("mode", "answered", "not_answered"),
    [
        ("any_pos", ("striped", "bumpy", "running", "red", "hot dog"), ("737", "A310", "of", "三", "’s", "_", "...")),
        ("raw", ("striped", "737", "A310", "of", "三", "C++", "$"), ("’s", "_", "...", "!")),
        ("substring", ("striped", "737", "of", "三", "’s", "!"), ("_",)),
    ],
)
def test_what_has_nothing_left_is_unanswerable_with_the_reason(
    mode: Mode, answered: tuple[str, ...], not_answered: tuple[str, ...]
) -> None:
    assert not any(query.unanswerable for query in make_queries(answered, mode, PIPELINE).values())
    for query in make_queries(not_answered, mode, PIPELINE).values():
        assert query.unanswerable and not query.terms


@pytest.mark.parametrize(
    ("concept", "reason"),
    [
        ("737", "'737' has digits, which the index of content words drops"),
        ("of", "'of' is a function word"),
        ("bird of paradise", "'of' is a function word"),
        ("三", "'三' has no letter A-Z"),
    ],
)
def test_reasons_of_any_pos(concept: str, reason: str) -> None:
    (query,) = make_queries([concept], "any_pos", PIPELINE).values()
    assert query.unanswerable is not None and query.unanswerable.startswith(reason)


@pytest.mark.parametrize(
    ("concept", "caption", "held"),
    [
        ("striped", "a striped cat", True),
        ("striped", "a comic strip", False),
        ("running", "a man running on the beach", True),
        ("run", "a man running on the beach", True),
        ("ran", "he runs to the house", True),
        ("running", "he runs to the house", False),
        ("rose", "prices rise every year", False),
        ("rose", "the balloon rose above the town", True),
        ("leaves", "a single leaf", True),
        ("bigger", "a bigger house", True),
        ("big", "the biggest house of all", True),
        ("taller", "a tall tower", True),
        ("two", "two dogs", True),
        ("red_bicycle", "a bicycle in bright red", True),
    ],
)
def test_any_part_of_speech(concept: str, caption: str, held: bool) -> None:
    (found,) = find_terms([caption], "words", PIPELINE)
    (query,) = make_queries([concept], "any_pos", PIPELINE).values()
    assert make_matcher([query], "any_pos").match(found.keys, found.positions) == [0] * held


def test_nouns_are_the_same_in_both_indexes(naive: Naive) -> None:
    for doc in naive.docs[::10]:
        nouns, words = nouns_of(doc), words_of(doc)
        pairs = set(zip(words.keys, words.positions, strict=True))
        assert pairs.issuperset(zip(nouns.keys, nouns.positions, strict=True))


def test_a_content_word_that_is_no_noun_finds_its_caption(naive: Naive) -> None:
    """But for those that are function words to the tagger when they stand alone (before, by, on)."""
    odd: Counter[str] = Counter()
    for doc in naive.docs[::5]:
        words = [token for token in doc if token.tag_ in CONTENT_TAGS and token.text.isascii() and token.text.isalpha()]
        found = words_of(doc)
        asked = {word.text: word for word in words if not word.tag_.startswith("NN")}
        queries = make_queries(asked, "any_pos", PIPELINE)
        matcher = make_matcher(list(queries.values()), "any_pos")
        held = matcher.match(found.keys, found.positions)
        assert len(held) == sum(query.unanswerable is None for query in queries.values())
        odd.update(query.concept.lower() for query in queries.values() if query.unanswerable)
    assert sum(odd.values()) < 30, odd


def test_the_text_is_kept_as_it_is_searched() -> None:
    found = list(find_terms(["St. Louis,\nMO", ""], "text", "no pipeline is needed"))
    assert found == [Nouns((" St .  Louis ,  MO ",), (0,)), Nouns((), ())]
