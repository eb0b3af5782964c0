"""Which concepts a search cannot answer, and why: a count of 0 would be wrong for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from jobs.concepts.asking import queries_for
from jobs.concepts.questions import Questions, tag_labels
from jobs.core.context import Context
from jobs.settings.corpora import Corpus

NO_LABEL = "the tagger has no label of this name"


def unanswerable(
    context: Context, corpus: Corpus, questions: Questions, concepts: Sequence[str], halves: Collection[str]
) -> dict[str, str]:
    """The reason for each concept, on a list or not, that a search of these halves, text or image, cannot answer.

    If neither half answers it, that of captions is given. Raises ConceptfreqError as `queries_for` does.
    """
    reasons: dict[str, str] = {}
    if "image" in halves:
        # One on no list is asked of the label of its name.
        unlisted = {name: () for name in concepts if name not in questions.concepts}
        labels = tag_labels(context.settings, replace(questions, concepts={**questions.concepts, **unlisted}))
        labelled = {name for names in labels.values() for name in names if name not in unlisted or name in labels}
        reasons |= {name: NO_LABEL for name in concepts if name not in labelled}
    if "text" in halves:
        queries = queries_for(context, corpus, questions, concepts)
        reasons |= {query.concept: query.unanswerable for query in queries if query.unanswerable}
    return reasons
