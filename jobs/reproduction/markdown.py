"""Writes the Markdown document of a reproduction from one run's numbers: what was reproduced, what was not and why."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from jobs.analysis.correlation import adjusted
from jobs.analysis.estimate import Estimate
from jobs.analysis.verdict import direction, verdict
from jobs.core.context import release
from jobs.markdown_table import markdown_table
from jobs.reproduction.fits import PoolFit, mixed_of
from jobs.reproduction.forms_and_joint import forms_section, joint_section
from jobs.reproduction.pools import TASKS
from jobs.reproduction.recompute import Reproduction
from jobs.settings.protocols import Task

TITLES: dict[Task, str] = {
    "classification": "Zero-shot classification",
    "retrieval": "Retrieval",
    "t2i": "Text to image",
}
# Sentences of the document, one per line of the file that is written.
ABOUT = """\
# The paper's results, recomputed

The published results of arXiv 2404.04125 (counts, accuracies, misalignment) were imported into a lake with
`conceptfreq import-published`, and fitted by the same code that fits our own corpora. The run that this page describes
wrote it, with `--document`; its tables are excerpts of the CSV files of that run."""
MEANS = """\
**r between bin means is high by construction of means:** averaging removes the differences between concepts of one
frequency. R², the rank correlation and the slopes show what frequency tells about a single concept. Sets differ both
in difficulty and in frequency. **The slope within sets**, which gives each set its own intercept, comes first: its
interval is over sets, and holds for new ones. Beside it stands a mixed model, in which each set has its own level and
slope. The slope of all sets as one pool mixes both effects, and its interval is over concepts of these sets.
[Intervals](benchmarks/intervals.md) shows how often each of them holds the truth."""
# What the paper reports of generated images beyond the files that its repository has.
NOT_IN_THE_CLONE = (
    "**Text to image**: CLIP and aesthetics scores (`exp_clip`, `max_clip`, `exp_aesthetics`, `max_aesthetics`) are\n"
    "  in the authors' repository as binned pickles of figures alone, without a score per concept.",
    "**Text to image**: the human study on public figures is there as pickles of shares per bin "
    "(`human_experiment_evaluation`)\n  and is not imported.",
)
CHOICES = """\
## Choices that change a number

- **Bins left out.** `conf/protocols/paper.yaml` has the authors' choice per corpus, `conf/protocols/default.yaml` ours:
  every bin with at least 5 concepts, weighted by its concepts, and the slope over concepts first.
- **Pooling.** (Set, concept) pairs are pooled as the authors do; a name in several sets counts several times.
- **Concepts without a score** are refused by name for classification and retrieval. For text to image they are left
  out: a model was given only some of the prompts, and the authors keep the concepts that are in both.
- **Models.** A key fits a backbone on a corpus if it names both. If several keys fit, the authors take the first; here
  they are refused by name.
- **LAION-400M by text.** The paper's figure prints r = 0.95, 0.94 and 0.91 for ViT-B-32, ViT-B-16 and ViT-L-14. The
  published counts and accuracies give those of the first table, under the published procedure.
- **Corpora against each other** are paired by concept over all lists. The authors pair two lists by position after
  removing repeated names. That pairs different concepts as soon as one list has an additional name. The result of
  pairing by position, with the lists of this lake in alphabetical order, stands beside ours."""


@dataclass(frozen=True)
class Occasion:
    """How the run was made: its command, the seconds for reading and fitting, and the seconds in all."""

    command: str
    fitting: float
    total: float
    day: date


def write_document(found: Reproduction, occasion: Occasion) -> str:
    """The document as Markdown."""
    parts = [ABOUT, _made_on(found, occasion), *_headline(found), *forms_section(found.forms)]
    parts += [*joint_section(found.joint), *_thresholds(found)]
    parts += [text for task in ("retrieval", "t2i") for text in _other_task(found, task)]
    parts += [*_crossings(found), *_misalignment(found), *_wag(found), *_not_reproduced(found), CHOICES]
    return "\n\n".join(parts) + "\n"


def _made_on(found: Reproduction, occasion: Occasion) -> str:
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    fits = Counter((fit.pool.key.measure.task, fit.law.protocol.name) for fit in found.fits.made)
    counted = ", ".join(f"{number} {task} ({protocol})" for (task, protocol), number in fits.items()) or "none"
    return markdown_table(
        ("what", "value"),
        [
            ("made", f"{occasion.day:%d %B %Y}, release {release()}"),
            ("command", f"`{occasion.command}`"),
            ("machine", machine),
            ("reading and fitting", f"{occasion.fitting:.0f} s"),
            ("everything, figures and MLflow included", f"{occasion.total:.0f} s"),
            ("published rows read", _read(found)),
            ("fits", counted),
            ("refused", f"{len(found.fits.refused)}"),
        ],
    )


def _read(found: Reproduction) -> str:
    counts = sum(len(concepts) for sets in found.published.counts.values() for concepts in sets.values())
    scores = sum(
        len(concepts)
        for sets in found.published.scores.values()
        for models in sets.values()
        for concepts in models.values()
    )
    return f"{counts:,} frequencies of {len(found.published.counts)} searches, {scores:,} scores"


def _headline(found: Reproduction) -> Iterator[str]:
    fits = found.shown
    yield "## Zero-shot classification"
    if not fits:
        yield "No classification result was fitted; the reasons are below."
        return
    yield (
        "The fits of the paper's figure: each corpus with its models and its prompt. `r` follows the published\n"
        "procedure; then come r over all bins but the first and the last, over all bins, over concepts, and under our\n"
        "protocol."
    )
    ours = {id(fit.pool): fit.law.r for fit in found.fits.made if fit.law.protocol.name != found.protocols[0].name}
    yield markdown_table(
        ("corpus", "search", "prompt", "model", "r", "inner", "all", "concepts", "ours", "empty bins"),
        [(*_named(fit), *_correlations(fit), _r(ours.get(id(fit.pool))), fit.law.empty_bins) for fit in fits],
    )
    yield "### What the bins hide"
    yield MEANS
    yield markdown_table(
        (
            "corpus", "search", "prompt", "model", "slope within sets", "mixed model", "slope of the pool",
            "over concepts", "R²", "Spearman", "zeros", "pooled", "distinct",
        ),
        [(*_named(fit), *_beside(fit)) for fit in fits],
    )  # fmt: skip
    yield _multiplicity(found)
    yield "### Verdicts"
    yield "\n".join(f"- **{', '.join(_named(fit))}**: {verdict(fit.law, fit.pooled)}" for fit in fits)


def _multiplicity(found: Reproduction) -> str:
    """How many of the p values of r are below 0.05, before and after they are adjusted for being so many."""
    p = [fit.law.p for fit in found.under_first_protocol("classification") if fit.law.p is not None]
    below, left = (sum(value is not None and value < 0.05 for value in values) for values in (p, adjusted(p)))
    return (
        f"These are some of {len(p)} fits of this task. Of their p values of r, {below} are below 0.05, and {left} if\n"
        "they are adjusted for their number (Benjamini and Yekutieli). They test bin means, not concepts."
    )


def _named(fit: PoolFit) -> tuple[str, str, str, str]:
    key = fit.pool.key
    return key.search.corpus, key.search.name, key.measure.prompt, key.model


def _correlations(fit: PoolFit) -> tuple[str, ...]:
    return tuple(_r(value) for value in (fit.law.r, fit.law.r_inner, fit.law.r_all, fit.law.r_unbinned))


def _beside(fit: PoolFit) -> tuple[str, ...]:
    law, pooled = fit.law, fit.pooled
    return (
        _slope(pooled.within),
        _slope(mixed_of(fit)),
        f"{law.slope_per_decade:+.2f}",
        _interval(pooled.slope),
        _r(pooled.r2),
        f"{_r(pooled.spearman.value if pooled.spearman else None)} {_interval(pooled.spearman)}",
        f"{pooled.zeros:.0%}",
        f"{pooled.concepts:,}",
        f"{pooled.distinct:,}",
    )


def _thresholds(found: Reproduction) -> Iterator[str]:
    prompt, rows = found.pools.threshold_prompt, []
    for fit in found.under_first_protocol("classification"):
        key = fit.pool.key
        if key.search.name == "image" and key.measure.prompt == prompt:
            rows.append((key.search.corpus, key.model, key.search.threshold, fit.law.r))
    thresholds = sorted({row[2] or 0.0 for row in rows})
    if len(thresholds) < 2:
        return
    yield f"### Thresholds of image search, {prompt} prompts"
    yield markdown_table(
        ("corpus", "model", *(f"r at {threshold:g}" for threshold in thresholds)),
        [
            (corpus, model, *(_r(_only(rows, corpus, model, threshold)) for threshold in thresholds))
            for corpus, model in dict.fromkeys((row[0], row[1]) for row in rows)
        ],
    )


def _only(rows: Sequence[tuple], corpus: str, model: str, threshold: float) -> float | None:
    return next((row[3] for row in rows if row[:3] == (corpus, model, threshold)), None)


def _other_task(found: Reproduction, task: Task) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[PoolFit]] = {}
    for fit in found.under_first_protocol(task):
        key = fit.pool.key
        threshold = "" if key.search.threshold is None else f" {key.search.threshold:g}"
        place = (key.search.corpus, f"{key.search.name}{threshold}", key.measure.metric)
        groups.setdefault(place, []).append(fit)
    if not groups:
        return
    yield f"## {TITLES[task]}"
    lower = found.pools.task(task).lower_is_better
    yield (
        "r as published over the last four of seven bins; for several models on a line, the lowest to the highest.\n"
        "The last column has the number of models by what the interval of the slope says of frequent concepts: they\n"
        "score better, worse, or it cannot say."
    )
    yield markdown_table(
        (
            "corpus",
            "search",
            "metric",
            "models",
            "concepts",
            "r",
            "unbinned",
            "slope per decade",
            "better, worse, open",
        ),
        [
            (
                *place[:2],
                found.pools.metric_title(task, place[2]),
                len(fits),
                _span([fit.law.concepts for fit in fits], ",.0f"),
                _span([fit.law.r for fit in fits], ".2f"),
                _span([fit.law.r_unbinned for fit in fits], ".2f"),
                _span([fit.pooled.leading.value for fit in fits], "+.3g"),
                _directions(fits, place[2] not in lower),
            )
            for place, fits in groups.items()
        ],
    )


def _directions(fits: Sequence[PoolFit], higher_is_better: bool) -> str:
    """The numbers of fits that say better, worse, and nothing."""
    counts = Counter(direction(fit.pooled, higher_is_better) for fit in fits)
    return f"{counts['better']}, {counts['worse']}, {counts['cannot say']}"


def _crossings(found: Reproduction) -> Iterator[str]:
    if found.crossings:
        yield "## Corpora against each other"
        yield markdown_table(
            (
                "search",
                "corpora",
                "paired",
                "Spearman",
                "Pearson of logs",
                "lengths of the lists",
                "Spearman by position",
            ),
            [
                (
                    crossing.search,
                    " and ".join(crossing.corpora),
                    f"{crossing.by_concept.paired:,}",
                    _r(crossing.by_concept.spearman),
                    _r(crossing.by_concept.pearson_log),
                    " and ".join(f"{size:,}" for size in crossing.distinct),
                    _r(crossing.by_position.spearman),
                )
                for crossing in found.crossings
            ],
        )


def _misalignment(found: Reproduction) -> Iterator[str]:
    rows = found.published.misaligned
    if rows:
        yield "## Misalignment"
        yield (
            "As published. Outside LAION the authors' text search does not split a concept, so that a name of several\n"
            "words or with a capital never matches: values of different corpora cannot be compared."
        )
        yield markdown_table(
            ("corpus", "misaligned", "of those found", "of the corpus"),
            [
                (
                    row.corpus,
                    f"{row.misaligned:,}",
                    "–" if not row.found else f"{row.misaligned / row.found:.2%} of {row.found:,}",
                    "–" if not row.samples else f"{row.misaligned / row.samples:.2%} of {row.samples:,}",
                )
                for row in rows
            ],
        )


def _wag(found: Reproduction) -> Iterator[str]:
    wag = found.wag
    if wag is None or not wag.points:
        return
    yield "## Let it Wag!"
    lines = [
        f"{piece.line.slope:.3f} over {piece.points} models {side} {wag.settings.split:g} %"
        for side, piece in (("below", wag.below), ("above", wag.above))
        if piece.line
    ]
    yield (
        f"Mean accuracy on {wag.classes[1]:,} rare classes against {wag.settings.against}'s {wag.classes[0]:,}, "
        f"{wag.settings.prompt} prompts, {len(wag.points)} models. Slope: {'; '.join(lines) or 'none'}."
    )
    if wag.stated:
        yield (
            f"Of {len(wag.stated)} models no classes of {wag.settings.against} were published: their mean there is the "
            "one that the authors' notebook states."
        )
    if wag.left_out:
        yield f"Left out: {wag.left_out}."


def _not_reproduced(found: Reproduction) -> Iterator[str]:
    yield "## What was not reproduced, and why"
    lines = [f"- **{TITLES[task]}**: {why}" for task in TASKS if (why := _missing(found, task))]
    if found.wag is None:
        wag = found.pools.let_it_wag
        lines.append(f"- **Let it Wag!**: this lake lacks {wag.prompt} accuracies of `{wag.set}` or `{wag.against}`.")
    if found.under_first_protocol("t2i"):
        lines += [f"- {sentence}" for sentence in NOT_IN_THE_CLONE]
    lines += [f"- {sentence}" for sentence in _absent_sets(found)]
    reasons = Counter((refusal.key.measure.task, refusal.reason) for refusal in found.fits.refused)
    lines += [f"- {number} {task} fits refused: {reason}." for (task, reason), number in reasons.most_common()]
    yield "\n".join(lines) or "Everything that was asked for."


def _missing(found: Reproduction, task: Task) -> str | None:
    pool = found.pools.task(task)
    fitted = {fit.pool.key.search.corpus for fit in found.under_first_protocol(task)}
    absent = [corpus for corpus in pool.corpora if corpus not in fitted]
    if not absent:
        return None
    if not found.published.measures(task):
        return "the lake of this run has no scores of models; import a whole clone of the authors' repository."
    return f"no fit for {', '.join(absent)}: no counts of {', '.join(pool.sets)} in the lake, or refused."


def _absent_sets(found: Reproduction) -> Iterator[str]:
    """Reports the searches that were fitted without some of the protocol's sets."""
    searches = {
        fit.pool.key.search: (fit.pool.absent, len(fit.pool.names)) for fit in found.fits.made if fit.pool.absent
    }
    for search, (absent, size) in searches.items():
        yield f"{search.corpus}, {search.name} search: no counts of {', '.join(absent)}; fitted over {size:,} concepts."


def _r(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(found: Estimate | None) -> str:
    return "–" if found is None or found.low is None else f"[{found.low:.2f}, {found.high:.2f}]"


def _slope(found: Estimate | None) -> str:
    return "–" if found is None else f"{found.value:+.2f} {_interval(found)}"


def _span(values: Sequence[float | None], form: str) -> str:
    known = np.array([value for value in values if value is not None])
    if not known.size:
        return "–"
    low, high = format(known.min(), form), format(known.max(), form)
    return low if low == high else f"{low} to {high}"
