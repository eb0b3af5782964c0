"""The tokenizer's expressions, asked so that a long word takes a time in proportion to its length.

As spaCy asks them, words of letters and symbols mixed take the square of it. A prefix is sought at every place of a
word, and so is a suffix, though they can stand at the ends only; the expression for URLs tries every colon as the one
before a password. Asked as here they find the same in less: in 100,000 characters of `12:30:45,` within 0.1 s, not 11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spacy.language import Language

# A known suffix has at most 5 characters, with the 2 that it looks back at; a run of dots alone may be longer.
_WINDOW: Final = 32
# What may stand before a host. A user's name may have colons in it, so that the second takes whatever the first takes.
_USER_AND_PASSWORD: Final = r"(?:\S+(?::\S*)?@)?"
_BEFORE_AT: Final = r"(?:\S+@)?"
# Characters of a token that spaCy's own `like_url` is asked about.
_LONGEST_URL: Final = 1_000


class Ending:
    """The expression for suffixes, which is shown the end of a word alone."""

    def __init__(self, expression: re.Pattern[str]) -> None:
        self.pattern = expression.pattern
        self._search = expression.search

    def search(self, word: str) -> re.Match[str] | None:
        """What the expression finds in the whole word."""
        shown = max(0, len(word) - _WINDOW)
        found = self._search(word, shown)
        if shown and found and found.start() == shown:
            return self._search(word, len(word.rstrip(".")))
        return found


def bound_expressions(pipeline: Language) -> None:
    """Let the pipeline's tokenizer ask its expressions in this way.

    Those that are not spaCy's for English are left as they are: asked so, others may find something else.
    """
    from spacy.attrs import LIKE_URL
    from spacy.lang.en import English
    from spacy.tokenizer import Tokenizer
    from spacy.util import compile_prefix_regex, compile_suffix_regex

    old: Any = pipeline.tokenizer
    if type(old) is not Tokenizer:
        return
    known: Any = English.Defaults
    prefix, suffix = compile_prefix_regex(known.prefixes), compile_suffix_regex(known.suffixes)
    url = _pattern(old.url_match)
    # Made anew, as each expression that is set in an old one costs 0.1 s.
    pipeline.tokenizer = Tokenizer(
        pipeline.vocab,
        old.rules,
        prefix.match if _pattern(old.prefix_search) == prefix.pattern else old.prefix_search,
        Ending(suffix).search if _pattern(old.suffix_search) == suffix.pattern else old.suffix_search,
        old.infix_finditer,
        old.token_match,
        re.compile(url.replace(_USER_AND_PASSWORD, _BEFORE_AT)).match if _USER_AND_PASSWORD in url else old.url_match,
        old.faster_heuristics,
    )
    vocab: Any = pipeline.vocab
    like_url = vocab.lex_attr_getters[LIKE_URL]
    # A flag that no stage looks at. spaCy sets it of every new word, by the same expression.
    vocab.lex_attr_getters[LIKE_URL] = lambda word: len(word) <= _LONGEST_URL and like_url(word)


def _pattern(expression: Any) -> str:
    """The pattern that one of the tokenizer's expressions is bound to; empty where it is none of a pattern."""
    return str(getattr(getattr(expression, "__self__", None), "pattern", ""))
