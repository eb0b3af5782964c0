"""For each image of the classification sets the nearest sample of each corpus, by embeddings: `nearest_samples`.

It is the dearest of all stages, so a run has it only if `evaluate.similarity` asks for it; its subcommand and
`conceptfreq similarity` do it on request. New shards are compared alone, as what is nearest among the others stays so.
If the set has changed, or if a shard has in which some image's nearest sample lies, all shards are compared anew.

The rows of a corpus and set are one commit, and the ledger's rows of the compared shards come after it
(`jobs.results.fits.similarities`). What a killed run leaves is compared again with the shards that the ledger lacks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jobs.core.context import Context
from jobs.core.stage import Result
from jobs.core.stage_specs import images_spec
from jobs.core.units import sample_units
from jobs.core.waves import Summary
from jobs.errors import ConceptfreqError
from jobs.lake.lease import Lease
from jobs.lake.ledger import Outcome
from jobs.lake.specs import record
from jobs.results.fits.similarities import STAGE, TABLE, embedded_shards
from jobs.settings.corpora import Corpus, EvaluationSet
from jobs.stages.comparisons import SetComparison, planned_comparison
from jobs.stages.inputs import asked_sets
from jobs.stages.labelled_images import LabelledSet, embedded_set
from jobs.stages.measurements import failure_of
from jobs.stages.nearest_search import Nearest, nearest_to
from udfs.statuses import OK

log = logging.getLogger(__name__)

# Two images of such a cosine are the same, or nearly so; only told.
ALIKE: Final = 0.999


def run(context: Context) -> Result:
    """Compare each set with each corpus, as far as that is not done.

    A corpus without embeddings is a trouble of the result, as is a set that cannot be read; the others go on.
    """
    sets = asked_sets(context.settings)
    result = Result([Summary(STAGE, corpus.name) for corpus in context.settings.corpora])
    for corpus in context.settings.corpora:
        _tell_missing(context, corpus)
    for one_set in sets:
        planned = list(_comparisons(context, one_set, result.troubles))
        for one in planned:
            summary = next(of for of in result.stages if of.corpus == one.corpus.name)
            summary.planned += len(one.units)
            summary.done += len(one.units) - len(one.compared)
        if due := [one for one in planned if one.is_due]:
            _compare(context, one_set, due, result)
    return result


def _compare(context: Context, one_set: EvaluationSet, due: Sequence[SetComparison], result: Result) -> None:
    """Compare a set, whose images are embedded once, with the corpora for which that is due."""
    images = embedded_set(context, one_set)
    if reason := failure_of(images.statuses):
        result.troubles.append(f"{STAGE}, set {one_set.name}: {reason}")
        return
    for one in due:
        _work_on(context, one, images, result)


def announce(context: Context) -> list[str]:
    """The work of the stage in words, one line per set and corpus."""
    troubles: list[str] = []
    lines = [
        f"{STAGE} {one.set.name}: {one.corpus.name}, {len(one.units) - len(one.compared)} shards compared, "
        f"{len(one.compared)} to do (spec {one.spec.id})"
        for one_set in asked_sets(context.settings)
        for one in _comparisons(context, one_set, troubles)
    ]
    return lines + troubles


def _comparisons(context: Context, one_set: EvaluationSet, troubles: list[str]) -> Iterator[SetComparison]:
    """The set with each corpus; corpora without embeddings are added to `troubles`, once."""
    for corpus in context.settings.corpora:
        try:
            yield planned_comparison(context, corpus, one_set)
        except ConceptfreqError as reason:
            told = f"{STAGE}, {reason}"
            if told not in troubles:
                troubles.append(told)


def _tell_missing(context: Context, corpus: Corpus) -> None:
    embedded = embedded_shards(context, corpus)
    missing = [unit.shard for unit in sample_units(context, corpus) if unit.shard not in embedded]
    if embedded and missing:
        log.warning(
            "%s: %d shards, such as %s, have no embeddings yet and are not compared: run `conceptfreq images`",
            corpus.name, len(missing), missing[0],
        )  # fmt: skip


def _work_on(context: Context, planned: SetComparison, images: LabelledSet, result: Result) -> None:
    """Compare and write the rows under the lease; what another run has compared since the plan is not done again."""
    corpus = planned.corpus
    with Lease(context.lake, corpus.name, STAGE, context.settings.lease_seconds).hold():
        context.ledger.refresh()
        one = planned_comparison(context, corpus, planned.set)
        features = {"corpus": corpus.name, "spec": images_spec(context.settings, corpus, context.identities).id}
        found = nearest_to(context.lake, features, one.compared, images)
        if one.known is None and images.usable.num_rows and not found:
            result.troubles.append(
                f"{STAGE}, corpus {corpus.name}: {len(one.units)} shards hold no usable embedding to compare with"
            )
            return
        for key, known in (one.known or {}).items():
            found[key] = min(known, found.get(key, known), key=lambda nearest: nearest.rank)
        context.record_run()
        record(context.lake, one.spec)
        _write(context, one, images, found)
    _tell(one, found)
    summary = next(of for of in result.stages if of.corpus == corpus.name)
    summary.done += len(one.compared)
    summary.committed += 1
    summary.samples += sum(unit.work for unit in one.compared)


def _write(context: Context, one: SetComparison, images: LabelledSet, found: Mapping[tuple[str, str], Nearest]) -> None:
    """Replace the rows of a corpus and set, and note which shards they come from."""
    lake, corpus, spec = context.lake, one.corpus.name, one.spec.id
    where = {"corpus": corpus, "set": one.set.name, "spec": spec}
    if one.known is None:
        # No shard that is not compared now may be taken for one that was.
        lake.replace_rows("shards", {"corpus": corpus, "stage": STAGE, "spec": spec}, [])
        context.ledger.refresh()
    rows = [{**where, **_row(image, found)} for image in images.images.drop_columns("embedding").to_pylist()]
    lake.replace_rows(TABLE, where, rows)
    statuses = embedded_shards(context, one.corpus)
    outcomes = {unit: Outcome(unit.work, statuses[unit.shard]["statuses"]) for unit in one.compared}
    if outcomes:
        context.ledger.write(corpus, STAGE, [spec], outcomes, context.run)


def _row(image: Mapping[str, Any], found: Mapping[tuple[str, str], Nearest]) -> dict[str, Any]:
    """The columns of an image; one whose embedding has no direction has no nearest sample."""
    nearest = found.get((image["shard"], image["sample"])) if image["status"] == OK else None
    if nearest is None:
        return dict(image)
    return {
        **image,
        "similarity": nearest.similarity,
        "nearest_shard": nearest.shard,
        "nearest_sample": nearest.sample,
    }


def _tell(one: SetComparison, found: Mapping[tuple[str, str], Nearest]) -> None:
    similarities = sorted(nearest.similarity for nearest in found.values())
    if similarities:
        log.info(
            "%s, %s: %d images compared with %d samples of %d shards: similarity %.3f to %.3f, median %.3f; "
            "%d above %g",
            one.corpus.name, one.set.name, len(found), sum(unit.work for unit in one.compared), len(one.compared),
            similarities[0], similarities[-1], similarities[len(similarities) // 2],
            sum(value > ALIKE for value in similarities), ALIKE,
        )  # fmt: skip
