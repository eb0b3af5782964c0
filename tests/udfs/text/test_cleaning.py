"""Cleaned text: a table of what is decoded, one of what is left alone, and how captions and concepts meet by it."""

from __future__ import annotations

import html
import unicodedata
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from captions import texts
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.counting.matching import make_matcher
from udfs.text.cleaning import cleaned, searched_part
from udfs.text.columns import noun_arrays
from udfs.text.modes import INDEX_OF, Mode, find_terms, make_queries
from udfs.text.nouns import find_nouns
from udfs.text.task import NounTask

PIPELINE = "en_core_web_sm"
WORDS = st.lists(st.sampled_from(["dog", "cat", "black", "Straße", "café", "sofas", "犬猫"]), min_size=2, max_size=5)

DECODED = {
    # Entities, however often they were encoded.
    "a dog&amp;cat picture": "a dog & cat picture",
    "AT&amp;T and R&amp;D": "AT&T and R&D",
    "rock &amp;amp; roll": "rock & roll",
    "Dogs &Amp; Cats": "Dogs & Cats",
    "&quot;dog&quot; picture": '"dog" picture',
    "a dog&nbsp;on grass": "a dog on grass",
    "the dog&#39;s and the cat&#x2019;s": "the dog's and the cat’s",
    "caf&eacute; I &lt;3 you": "café I <3 you",
    "a &lt; b &copy; 2020": "a < b © 2020",
    "a&#0;b": "a\ufffdb",
    "https://x.org/?a_b=c&amp;dd=ee": "https://x.org/?a_b=c&dd=ee",
    # Tags.
    "<b>dog</b>": "dog",
    "&lt;b&gt;dog&lt;/b&gt;": "dog",
    "dog<br/>cat<BR>": "dog cat",
    '<a href="http://x.org/a_b" rel="nofollow">my dog</a>.': "my dog .",
    '<img src="x.jpg" alt="a dog"> <IMG ALT=\'a cat\' />': "a dog a cat",
    # Percent-encoding and what forms send.
    "a%20dog%20on%20grass": "a dog on grass",
    "%22dog%22%2C%20cat": '"dog", cat',
    "3%20dogs": "3 dogs",
    "100%25%20cotton%20dog": "100% cotton dog",
    "%E7%8A%AC": "犬",
    "dog%2520cat": "dog cat",
    "dog%26cat": "dog & cat",
    "a%20dog%0Aa%20cat": "a dog a cat",
    "my+dog+on+the+beach": "my dog on the beach",
    "A+picture+of+my+dog%2C+and+cat+.+The+end": "A picture of my dog, and cat . The end",
    # Names of files.
    "a_dog_on_grass": "a dog on grass",
    "dog_photo.jpg": "dog photo.jpg",
    "golden__retriever_01.jpg": "golden retriever 01.jpg",
    # Escapes of programs.
    r"a dog\ncat": "a dog cat",
    r"dog.\r\nA cat\tThe end": "dog. A cat The end",
    r"\"dog\" caf\u00e9 \ud83d\ude00": '"dog" café 😀',
    r"\ud800": "\ufffd",
    # What stands between words.
    "black&white dog": "black & white dog",
    # Letters in one form.
    "cafe\u0301 table": "café table",
    "a ｄｏｇ，ｃａｔ": "a dog,cat",
    "ﬁsh oﬀ a ſoﬁa in the waﬄe": "fish off a sofia in the waffle",
    "𝐝𝐨𝐠 𝓬𝓪𝓽 ⓓⓞⓖ ᶜᵃᵗ 1ˢᵗ": "dog cat dog cat 1st",
    "a dog\xa0on\u2003grass\u2028.": "a dog on grass .",
    "non\u2011stop": "non-stop",
    "a d\u200bo\u00ad\u2060g\ufeff": "a dog",
    "\u202ea dog\u202c on\u200e grass": "a dog on grass",
    "d\u200do\u200cg\ufe0f ❤\ufe0fcat": "dog ❤cat",
    "\uff21\u030a": "Å",
}
LEFT = (
    "", " ", "Two dogs on a sofa", "  dogs \t and\ncats ", "AT&T", "R&D", "M&Ms", "S&P500", "cats &c", "&c;", "&D;",
    "&nbsp", "Q&A; B&B", "a < b", "a <b and c> d", "I <3 dogs", "<PERSON> and <dog>", "x<y", "<- ->", "50% dogs",
    "%20 off", "now %20", "%20off", "20%20", "100%", "100%cotton", "100%acrylic", "cotton%50wool%50", "wool%80",
    "5%-7%", "C++", "C++11", "Google+", "1+1=2", "a+b", "+1-555", "red+blue dogs", "dog+cat@mail.org", "#my_dog",
    "#dog_lovers", "@user_name", "O_O x_x ^_^ -_-", "__init__", "_dog_", "x_1", "me_you@x_y.org",
    "https://x.org/a_b%20c?d=my_e&see=ff",
    "www.x.org/my_dog%20cat", r"C:\new\table", r"\nabla", r"$\theta$", r"a\dog\new", r"¯\_(ツ)_/¯", r"AC\DC", r"\o/",
    "Nike™", "20 m²", "1½", "BrandⓇ", "№ 5", "5µm", "dog´s", "日本語 עברית", "🐶 👨‍👩‍👧 ❤️ 🇩🇪", "می‌خواهم",
    "a d\u0308og", "the doıg", "dog’s “bed” – big", "dog/cat photo:dog",
)  # fmt: skip


@pytest.mark.parametrize("text", DECODED)
def test_what_was_encoded_is_decoded(text: str) -> None:
    assert cleaned(text) == DECODED[text]


@pytest.mark.parametrize("text", [*LEFT, *DECODED.values()])
def test_what_people_write_is_left_as_it_is(text: str) -> None:
    assert cleaned(text) == text


@settings(deadline=None)
@given(words=WORDS)
def test_however_a_caption_was_encoded_it_is_the_same(words: list[str]) -> None:
    plain = " ".join(words)
    assert cleaned(quote(plain)) == cleaned(quote(quote(plain))) == cleaned("_".join(words)) == plain
    assert cleaned(html.escape(f'"{plain}" & <b>{plain}</b>')) == f'"{plain}" & {plain}'
    assert cleaned(unicodedata.normalize("NFD", plain)) == unicodedata.normalize("NFC", plain)


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.text(max_size=60), texts(["&amp;", "%20", "<b>", "\\n", "a_b"])))
def test_any_text_is_taken(text: str) -> None:
    found = cleaned(text)
    assert found == unicodedata.normalize("NFC", found)
    found.encode()


def held(concept: str, caption: str, mode: Mode, clean: bool = True) -> bool:
    """Whether the caption holds the concept under this mode."""
    (found,) = find_terms([searched_part(caption, clean, 1_000)[0]], INDEX_OF[mode], PIPELINE)
    (query,) = make_queries([concept], mode, PIPELINE, clean).values()
    assert query.concept == concept
    return make_matcher([query], mode).match(found.keys, found.positions) == [0]


@pytest.mark.parametrize("mode", [mode for mode in get_args(Mode) if mode != "paper"])
@pytest.mark.parametrize("concept", ["café", "cafe\u0301", "ｃａｆé", "caf&eacute;"])
def test_a_concept_is_found_in_whatever_form_either_is_written(concept: str, mode: Mode) -> None:
    for caption in ("a café in Paris", "a cafe\u0301 in Paris", "a_caf&#233;_in_Paris"):
        assert held(concept, caption, mode)


def test_the_papers_search_and_one_without_cleaning_read_text_as_it_is() -> None:
    assert make_queries(["cafe\u0301"], "paper", PIPELINE) == make_queries(["cafe\u0301"], "paper", PIPELINE, False)
    assert make_queries(["café"], "paper", PIPELINE)["café"].terms != (("cafe\u0301",),)
    assert held("dog", "a dog&amp;cat", "strict") and not held("dog", "a dog&amp;cat", "strict", clean=False)


def test_captions_of_the_reports_name_a_dog(shared: Path) -> None:
    table = pq.read_table(shared / "corpora" / "reports" / "encoded_text" / "0.parquet")
    captions = table["caption"].to_pylist()
    dogs = {caption for caption in captions if held("dog", caption, "strict")}
    assert set(captions) - dogs == {"café table", "cafe\u0301 table", "ﬁsh dish", "a soﬁa sofa", "sofa\u0301"}
    assert held("fish", "ﬁsh dish", "strict") and held("cat", "a dog&amp;cat picture", "strict")
    assert {caption for caption in captions if held("dog", caption, "strict", clean=False)} < dogs


def test_the_task_the_column_and_both_engines_search_cleaned_text(pipeline: Any) -> None:
    captions = [text for text in (*DECODED, *LEFT) if text.strip()]
    count = len(captions)
    columns = {"shard": ["a"] * count, "sample": captions, "ordinal": list(range(count)), "caption": captions}
    wanted = [list(nouns.keys) for nouns in find_nouns(map(cleaned, captions), pipeline)]
    for task in (NounTask(engine="fast"), NounTask(engine="spacy")):
        (out,) = task(iter([pa.RecordBatch.from_pydict(columns)]))
        assert out["keys"].to_pylist() == wanted
    encoded = pa.array(["a dog&amp;cat"])
    assert noun_arrays(encoded, PIPELINE).to_pylist() == [["cat", "dog"]]
    assert noun_arrays(encoded, PIPELINE, clean=False).to_pylist() != [["cat", "dog"]]


def test_what_is_searched_is_cut_after_it_was_cleaned() -> None:
    assert searched_part("a&amp;b dog", True, 5) == ("a&b d", 7)
    assert searched_part("a&amp;b dog", False, 5) == ("a&amp", 11)
    assert searched_part("&nbsp;", True, 5) == ("", 0)


@pytest.mark.parametrize(
    "unit",
    [
        "&amp;",
        "amp;",
        "%20",
        "%25",
        "<a b=",
        "<a ",
        "<a",
        " ",
        "_",
        "a_",
        "\\n",
        "a+",
        "\u0316\u0301",
        "\u200d",
        "ａ",
        "ⓐ",
    ],
)
def test_a_million_characters_are_cleaned_at_once(unit: str) -> None:
    """The square of that would be an hour: this test ends, or the run's limit of time ends it."""
    cleaned("&a" + unit * (1_000_000 // len(unit)) + "_")
