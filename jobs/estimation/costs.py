"""Estimates the cost of each stage over a whole corpus: a sample's seconds, scaled by a size known for all shards."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from jobs.analysis.ratios import Total, ratio_total
from jobs.core.context import Context
from jobs.core.pace import Words
from jobs.core.progress import Progress
from jobs.core.waves import Plan
from jobs.errors import ConceptfreqError, SettingsError
from jobs.estimation.measure import Bench, one_core
from jobs.estimation.observed import Observed, in_ledger
from jobs.lake import ledger
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from jobs.stages.registry import plans, shard_stages, wanted_stages

log = logging.getLogger(__name__)

# The phase in which the device works, and not the core that feeds it.
DEVICE_PHASE = "forward"


@dataclass(frozen=True)
class Population:
    """The shards of an estimate: their number, their bytes and, if all have been read, the stage's input samples."""

    corpus: str
    stage: str
    bytes: Mapping[str, int]
    samples: Mapping[str, int] | None


@dataclass(frozen=True)
class CostEstimate:
    """The estimate for one stage of one corpus. `seconds` are those of one core, `phases` their shares.

    `samples` is the stage's input. `in_ledger` and `measured` are the numbers of shards on which it is based.
    """

    population: Population
    in_ledger: int
    measured: int
    samples: Total
    seconds: Total
    phases: Mapping[str, float]

    @property
    def per_thousand(self) -> float:
        """Seconds of one core per 1,000 samples; 0 if there are no samples."""
        return 1_000 * self.seconds.value / self.samples.value if self.samples.value else 0.0

    @property
    def device_seconds(self) -> float:
        """The seconds in which the device works."""
        return self.seconds.value * self.phases.get(DEVICE_PHASE, 0.0)


def estimated_stages(settings: Settings) -> tuple[str, ...]:
    """The stages of the settings whose tasks can be timed.

    Counting is left out: Spark reads, joins and sums stored rows, and no task of that can be timed alone.
    """
    found = tuple(stage.name for stage in shard_stages(wanted_stages(settings)) if stage.rows_are_samples)
    if not found:
        raise SettingsError(f"{settings.name}: nothing to estimate: add 'corpora' to the settings")
    return found


def to_measure(context: Context, corpus: Corpus, shards: int, seed: int) -> dict[str, list[str]]:
    """The stages to time, by shard; the seed draws as many shards as the ledger lacks of `shards` for each stage."""
    planned = plans(context, corpus, estimated_stages(context.settings))
    names = [unit.shard for unit in planned["ingest"].planned]
    order = Random(f"{seed} {corpus.name}").sample(names, len(names))
    wanted: dict[str, list[str]] = {}
    for stage, plan in planned.items():
        known = in_ledger(context, plan).keys() & set(names)
        left = [shard for shard in order if shard not in known]
        for shard in left[: max(shards - len(known), 0)]:
            wanted.setdefault(shard, []).append(stage)
    return wanted


def estimate(context: Context, corpus: Corpus, shards: int, seed: int) -> list[CostEstimate]:
    """Estimate the stages of a corpus from at least `shards` shards: those in the ledger, and others if needed.

    Raises ConceptfreqError if no shard can be read or all are empty.
    """
    planned = plans(context, corpus, estimated_stages(context.settings))
    measured = _measure(context, corpus, to_measure(context, corpus, shards, seed), seed)
    size = {unit.shard: unit.bytes or 0 for unit in planned["ingest"].planned}
    found = []
    for stage, plan in planned.items():
        known = {shard: one for shard, one in in_ledger(context, plan).items() if shard in size}
        population = Population(corpus.name, stage, size, _all_samples(context, planned, stage))
        found.append(estimate_stage(population, {**measured.get(stage, {}), **known}))
    return found


def _measure(
    context: Context, corpus: Corpus, wanted: Mapping[str, list[str]], seed: int
) -> dict[str, dict[str, Observed]]:
    """Measure shards in this process: observations by stage and shard."""
    found: dict[str, dict[str, Observed]] = {}
    if not wanted:
        return found
    bench = Bench(context.settings, corpus, seed)
    samples = 0
    with Progress("estimate", corpus.name, len(wanted), Words(counted=None)) as progress, one_core():
        for shard, stages in wanted.items():
            observed = bench.measure(shard, stages)
            if observed is None:
                log.warning("estimate %s: shard %s cannot be fetched: left out", corpus.name, shard)
            for stage, one in (observed or {}).items():
                found.setdefault(stage, {})[shard] = one
            samples += max((one.samples for one in (observed or {}).values()), default=0)
            progress.advance(1, samples)
    return found


def _all_samples(context: Context, plans: Mapping[str, Plan], stage: str) -> dict[str, int] | None:
    """The input samples of a later stage by shard, if every shard was ingested: a better measure of size than bytes."""
    ingest = plans["ingest"]
    if stage == "ingest" or ingest.pending:
        return None
    listed = {unit.shard for unit in ingest.planned}
    return {unit.shard: unit.samples or 0 for unit in plans[stage].planned if unit.shard in listed}


def estimate_stage(population: Population, observed: Mapping[str, Observed]) -> CostEstimate:
    """A stage's total, estimated from some of its shards, which count as drawn at random."""
    if not observed:
        raise ConceptfreqError(f"corpus {population.corpus}, {population.stage}: no shard could be read")
    names = list(observed)
    size = population.samples or population.bytes
    x = np.array([size[name] for name in names], np.float64)
    whole = float(sum(size.values()))
    samples = np.array([observed[name].samples for name in names], np.float64)
    work = np.array([observed[name].work for name in names], np.float64)
    # A shard that was timed only in part is not known exactly, so it does not narrow the interval.
    exact = sum(not one.part for one in observed.values())
    try:
        counted = ratio_total(samples, x, whole, len(names) / len(size))
        seconds = ratio_total(work, x, whole, exact / len(size))
    except ValueError:
        raise ConceptfreqError(
            f"corpus {population.corpus}, {population.stage}: the measured shards are empty: take more (--shards)"
        ) from None
    here = sum(one.measured for one in observed.values())
    return CostEstimate(population, len(names) - here, here, counted, seconds, _shares(observed))


def _shares(observed: Mapping[str, Observed]) -> dict[str, float]:
    """The share of each phase in the seconds of work over all shards."""
    spent: Counter[str] = Counter()
    for one in observed.values():
        spent.update(ledger.worked(one.seconds))
    together = sum(spent.values())
    return {phase: seconds / together for phase, seconds in spent.items()} if together else {}
