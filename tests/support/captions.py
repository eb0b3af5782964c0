"""Captions to test with: the real ones beside the repository, whatever their format, and made up ones."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from urllib.parse import unquote_plus

import pyarrow.parquet as pq
from hypothesis import strategies as st

PARQUET = ("web_alt_text_laion_columns", "coco_val2017_laion_columns", "multi30k_en_laion_columns")
ALL = (*PARQUET, "multi30k_de_laion_columns", "cc3m_val", "coco_as_cc3m", "yfcc_like", "wit_like", "redcaps_like")

# Hard for a tokenizer or a tagger, one way or another.
WORDS = (
    "dog dogs Dogs DOGS cat's cats' men's James' the a of in on and photo photos leaves knives geese sheep glasses "
    "running stripes New York Tigers USA U.S. U.S.A. Mr. Mrs. St. a.m. 9a.m. etc. don't it's let's let 's gonna gon na "
    "got ta y'all y' all c'm on c'mon ain't nothin' somethin' doin' 'em ol' 'll something everyone nobody i you It's "
    "T-shirt mother-in-law co-op and/or 1969 A310 737-800 10km 5kg 3.14 $9.99 €5 100% #tag @user www.example.com "
    "https://example.com/a_b?c=d&e=f user@mail.org img_0042.JPG C++ R&D rock'n'roll o'clock x x2 2x 3D 4K :) :-) ;) "
    ":( (: <3 ^_^ -_- ... … -- — – ' ’ \" “quoted” (brackets) [x] {y} , . ; ! ? * / | \\ & + = ~ ` 's ’s n't 've "
    "😀 🎉🎉 👩‍👩‍👧 ❤️ naïve café Straße Mädchen Жук собаки 犬 三人の子供 שלום مرحبا ไทย हिन्दी İstanbul K ﬁsh ² ½ № "
    "\x00 \x07 \u200b \ufeff \ufffd e\u0301"
)
SPACES = (" ", " ", " ", " ", " ", "  ", "   ", "\t", "\n", " \n ", "\xa0", "\u2003", "\r\n", "")


def read_captions(shared: Path, name: str) -> list[str]:
    """Every caption of one of ALL, in order; of layouts with several texts a row, every text that is there."""
    folder = shared / "corpora" / "captions"
    if name == "redcaps_like":
        return [row["caption"] for row in json.loads((folder / f"{name}.json").read_text("utf-8"))["annotations"]]
    if (folder / f"{name}.parquet").exists():
        return [text for text in pq.read_table(folder / f"{name}.parquet")["TEXT"].to_pylist() if text is not None]
    with open(folder / f"{name}.tsv", encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    if name == "yfcc_like":
        return [unquote_plus(text) for row in rows for text in row[8:11] if text]
    return [text for row in rows for text in (row if name == "wit_like" else row[:1])]


def texts(rules: list[str]) -> st.SearchStrategy[str]:
    """Captions of words that are hard for a tokenizer, glued and spaced in every way; `rules`: its special cases."""
    character = st.characters(exclude_categories=("Cs",))
    made_up = st.one_of(st.text(character, max_size=8), st.text("abcXYZ0123.,:;'-()/@#", min_size=1, max_size=10))
    word = st.one_of(st.sampled_from(WORDS.split(" ")), st.sampled_from(rules), made_up)
    glued = st.lists(word, min_size=1, max_size=3).map("".join)
    pieces = st.tuples(st.one_of(word, word, glued), st.sampled_from(SPACES))
    return st.lists(pieces, max_size=12).map(lambda found: "".join(piece for pair in found for piece in pair))
