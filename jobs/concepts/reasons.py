"""Why searches cannot answer concepts, and which names of definitions they leave out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.asking import NO_LABEL
from jobs.concepts.questions import Questions, tag_labels
from jobs.core.context import Context

log = logging.getLogger(__name__)

# Names without an answer that are named in a warning.
NAMED: Final = 5


def reasons_by_search(context: Context, asked: Questions, queries: pa.Table | None) -> dict[str, pa.Table]:
    """Every concept by search, with the reason if the search cannot answer it.

    queries: one per name that is asked, as columns; None without text search. A warning says which names of definitions
    a half leaves out.
    """
    labelled = {name for names in tag_labels(context.settings, asked).values() for name in names}
    concepts, names = pa.array(asked.concepts, pa.string()), pa.array(asked.names, pa.string())
    by_name = {
        "text": pa.nulls(len(names), pa.string()) if queries is None else queries["unanswerable"].combine_chunks(),
        "image": pa.array([None if name in labelled else NO_LABEL for name in asked.names], pa.string()),
    }
    by_search = {half: why.take(pc.index_in(concepts, names)) for half, why in by_name.items()}
    if asked.definitions:
        for half, why in by_name.items():
            each = dict(zip(asked.names, why.to_pylist(), strict=True))
            by_search[half] = _of_definitions(asked, each, by_search[half])
            if half in context.settings.searches:
                _tell_left_out(half, asked, each)
    by_search["integrated"] = pc.coalesce(by_search["text"], by_search["image"])
    return {search: pa.table({"concept": concepts, "unanswerable": why}) for search, why in by_search.items()}


def _of_definitions(asked: Questions, by_name: Mapping[str, str | None], own: pa.Array) -> pa.Array:
    """The reason for each concept, by those for each name; `own` are those for the concepts' own names."""
    why = {concept: one.why_not(by_name) for concept, one in asked.definitions.items()}
    each = zip(asked.concepts, own.to_pylist(), strict=True)
    return pa.array([why.get(concept, reason) for concept, reason in each], pa.string())


def _tell_left_out(half: str, asked: Questions, by_name: Mapping[str, str | None]) -> None:
    used = sorted({name for one in asked.definitions.values() if not one.why_not(by_name) for name in one.names})
    left_out = [(name, why) for name in used if (why := by_name[name])]
    if left_out:
        named = "; ".join(f"'{name}' ({why})" for name, why in left_out[:NAMED])
        more = f"; and {len(left_out) - NAMED:,} more" if len(left_out) > NAMED else ""
        log.warning(
            "%s search leaves out %d of %d names of definitions: %s%s", half, len(left_out), len(used), named, more
        )
