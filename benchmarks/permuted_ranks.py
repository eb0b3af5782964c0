"""The effect of frequency in the closed loop, drawn by several seeds; fills docs/benchmarks/permuted-ranks.md.

`python -m benchmarks.permuted_ranks [SEEDS]`: a drawing and a training by each of 6 seeds, half a minute each if idle.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.document import Section, Table, save
from benchmarks.machine import Machine, describe
from jobs.analysis.estimate import Estimate
from jobs.analysis.permuted_ranks import PermutedRanks, permuted_ranks
from jobs.analysis.slopes import SLOPE, pooled_line
from jobs.loop.permuted_ranks import DrawnConcept, concepts_of_seed
from jobs.loop.plan import CorpusDesign
from jobs.loop.train import Training

SEEDS = 6
# The demo's concepts with a quarter of its pairs, seen as often.
DRAWING = CorpusDesign(max_frequency=300)
TRAINING = Training(steps=400, batch=128)


def main() -> None:
    """Draw, train and measure by each seed, save the section, and print where the document is."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    machine = describe(["numpy", "statsmodels", "torch", "open_clip_torch"])
    outcomes: list[DrawnConcept] = []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            outcomes += concepts_of_seed(seed, folder, DRAWING, TRAINING)
    write(outcomes, machine)


def write(outcomes: Sequence[DrawnConcept], machine: Machine) -> None:
    """Fit the outcomes, and save the section."""
    found = fit(outcomes)
    text = [
        f"Each seed draws a corpus of {DRAWING.concepts} concepts with {DRAWING.min_frequency} to "
        f"{DRAWING.max_frequency} images, evenly in the logarithm and given to the concepts in another random order. "
        f"It trains the demo's model from other first weights ({TRAINING.steps} steps of {TRAINING.batch} pairs), and "
        f"measures the accuracy of each concept by its name alone on {DRAWING.evaluation_images_per_concept} fresh "
        "images. Frequencies are true ones: captions that name the concept.",
        found.verdict,
        "The mixed model has a level for each corpus and a random level for each concept "
        "(`jobs.analysis.permuted_ranks`). Frequencies are given by lot, so its slope is an effect and no correlation. "
        "If it were the concepts' own doing that frequent ones score well, a concept's frequency in another corpus "
        "would tell as much.",
    ]
    title = "Closed loop by several seeds"
    section = Section(title, "python -m benchmarks.permuted_ranks", machine, text, list(tables(outcomes, found)))
    print(save("permuted-ranks", section))


def fit(outcomes: Sequence[DrawnConcept]) -> PermutedRanks:
    """The effect over all outcomes."""
    columns = zip(*((one.seed, one.concept, one.frequency, one.accuracy) for one in outcomes), strict=True)
    return permuted_ranks(*columns)


def tables(outcomes: Sequence[DrawnConcept], found: PermutedRanks) -> Iterator[Table]:
    """Slopes over all corpora, and of each by itself."""
    rows = [
        ("own frequency, concept as random effect", *_cells(found.slope)),
        ("frequency in the next corpus, beside its own", *_cells(found.elsewhere)),
        ("own frequency, without concepts' levels (pool)", *_cells(found.as_correlation)),
    ]
    yield Table(("slope per decade of", "slope", "95 % from", "to"), rows)
    each = []
    for seed in sorted({one.seed for one in outcomes}):
        own = [one for one in outcomes if one.seed == seed]
        x = np.log10([max(one.frequency, 1) for one in own])
        y = np.array([one.accuracy for one in own])
        slope = pooled_line(x, y, np.arange(len(own))).estimate(SLOPE)
        pairs = sum(one.frequency for one in own)
        each.append((seed, f"{pairs:,}", *_cells(slope), f"{np.corrcoef(x, y)[0, 1]:.3f}", f"{y.mean():.3f}"))
    columns = ("seed", "captions that name a concept", "slope", "95 % from", "to", "r over concepts", "mean accuracy")
    yield Table(columns, each, "Each corpus by itself:")


def _cells(one: Estimate) -> tuple[str, ...]:
    return tuple("–" if value is None else f"{value:.3f}" for value in (one.value, one.low, one.high))


if __name__ == "__main__":
    main()
