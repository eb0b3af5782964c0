"""The concepts of lists that a search can answer; the others are left out, and said."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from jobs.concepts.asking import ask
from jobs.concepts.questions import Questions
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.samples.indexed import searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search

log = logging.getLogger(__name__)

# Concepts without an answer that are named in a warning.
NAMED: Final = 5


def unanswerable(
    context: Context, corpus: Corpus, questions: Questions, concepts: Sequence[str], search: Search
) -> dict[str, str]:
    """The concepts that a search cannot answer, with the reason.

    Raises SettingsError if the settings lack the search.
    """
    asked = ask(context, corpus, questions, concepts, searched_halves(context, search))
    return {concept: why for concept, why in zip(concepts, asked.reasons(search), strict=True) if why}


def tell_left_out(search: str, concepts: int, reasons: Mapping[str, str]) -> None:
    """Warn of concepts that are left out. Raises ConceptfreqError if none of `concepts` is left."""
    if concepts == len(reasons):
        raise ConceptfreqError(f"{search} search can answer no concept of the lists")
    if reasons:
        named = "; ".join(f"'{name}' ({why})" for name, why in sorted(reasons.items())[:NAMED])
        more = f"; and {len(reasons) - NAMED:,} more" if len(reasons) > NAMED else ""
        log.warning(
            "%s search cannot answer %d of %d concepts, which are left out: %s%s",
            search, len(reasons), concepts, named, more,
        )  # fmt: skip
