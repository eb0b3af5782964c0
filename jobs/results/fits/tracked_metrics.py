"""The metrics of a corpus's fits beside the laws themselves, by the names that MLflow takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jobs.core.context import Context
from jobs.results.counts.answers import OWN
from jobs.results.counts.counted_lists import counted_lists
from jobs.results.counts.tails import BELOW, tail_rows
from jobs.results.fits.beside_similarity import SimilarityOfFit
from jobs.results.fits.compared_definitions import compared_definitions
from jobs.results.fits.compared_forms import forms_of
from jobs.results.fits.definitions import definitions_of
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.joint_searches import joint_of_pairs
from jobs.results.fits.tracked_models import dotted

OF_FORMS = ("aicc", "weight", "off_concepts", "off_sets", "p_of_change", "knot", "knot_low", "knot_high")
OF_JOINT = (
    "given_other", "given_other_low", "given_other_high", "partial_r2", "instrumented", "instrumented_low",
    "instrumented_high", "first_stage",
)  # fmt: skip
OF_TAILS = ("concepts", "unanswerable", "zeros", *BELOW, "gini", "exponent", "exponent_error", "zipf", "x_min", "ks")
OF_SIMILARITY = ("slope", "slope_low", "slope_high", "partial_r2", "correlation", "concepts")
OF_DEFINITIONS = (
    "r2", "r2_held_out_concepts", "r2_held_out_sets", "behind_over_concepts", "behind_over_concepts_low",
    "behind_over_concepts_high",
)  # fmt: skip


def beside_laws(context: Context, corpus: str, items: Sequence[FitInput]) -> dict[str, float]:
    """Metrics of the forms of the law, of two searches at once, of the corpus's tails and of definitions."""
    return {**_of_forms(items), **_of_two_searches(items), **_of_tails(context, corpus), **of_definitions(items)}


def fit_name(item: FitInput) -> str:
    """The name of a fit's metrics and files, as in `text.tiny.ensemble.accuracy.paper`; some fits lack a prompt."""
    return dotted(_search(item.search, item.threshold), item.model, item.prompt, item.metric, item.protocol.name)


def _of_forms(items: Sequence[FitInput]) -> dict[str, float]:
    """Metrics of each form, as in `text.tiny.ensemble.accuracy.paper.hinge.weight`; none of fits without forms."""
    rows = [(fit_name(one.item), row) for one in forms_of(items) for row in one.rows]
    return _known({f"{key}.{row['form']}.{name}": row[name] for key, row in rows for name in OF_FORMS})


def _of_two_searches(items: Sequence[FitInput]) -> dict[str, float]:
    """Metrics of a text and an image search at once, under the key of the fit by image search."""
    rows = [(fit_name(one.item), row) for one in joint_of_pairs(items) for row in one.rows]
    return _known({f"{key}.joint.{row['of']}.{name}": row[name] for key, row in rows for name in OF_JOINT})


def _of_tails(context: Context, corpus: str) -> dict[str, float]:
    """Metrics of the tails of own frequencies, as in `tails.text.imagenet.gini`; without a list, of all together."""
    rows = [row for row in tail_rows(counted_lists(context, corpora=[corpus])) if row["source"] == OWN]
    keys = [dotted("tails", _search(row["search"], row["threshold"]), row["list"]) for row in rows]
    return _known({f"{key}.{name}": row.get(name) for key, row in zip(keys, rows, strict=True) for name in OF_TAILS})


def of_definitions(items: Sequence[FitInput]) -> dict[str, float]:
    """Metrics of each definition made of the corpus's own counts, as `tiny.ensemble.accuracy.definition.text.r2`."""
    found: dict[str, Any] = {}
    for one in compared_definitions(definitions_of(items), []):
        parts = [one.item.model, one.item.prompt, one.item.metric, "definition"]
        for row in one.compared.rows:
            key = dotted(*parts, str(row["definition"]))
            found |= {f"{key}.{name}": row[name] for name in OF_DEFINITIONS}
    return _known(found)


def of_similarity(found: Iterable[SimilarityOfFit]) -> dict[str, float]:
    """Metrics of fits beside similarity, as `text.tiny.class.accuracy.paper.similarity.frequency.slope`."""
    rows = [(f"{fit_name(one.item)}.similarity.{dotted(str(row['of']))}", row) for one in found for row in one.rows]
    return _known({f"{key}.{name}": row[name] for key, row in rows for name in OF_SIMILARITY})


def _known(metrics: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if value is not None}


def _search(search: str, threshold: float | None) -> str:
    return search if threshold is None else f"{search}-{threshold:g}"
