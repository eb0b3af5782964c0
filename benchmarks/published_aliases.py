"""What other names add to the paper's counts of LAION-400M, by R² within sets (docs/definitions-compared.md).

    python -m benchmarks.published_aliases SETTINGS NeglectedTailsVLM

SETTINGS name a lake with the paper's results and the table of the clone NeglectedTailsVLM, whose files tell the other
names of each class and the captions that hold each name. Captions that hold two names of a class count twice in a sum.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from jobs.analysis.definitions.comparison import compare_definitions
from jobs.analysis.definitions.definition import FrequencyDefinition, counted, with_presence
from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.reproduction.all_definitions import scored_definitions
from jobs.results.fits.definitions import ScoredDefinitions
from jobs.results.fits.joined_names import Pair, concept_key, set_key
from jobs.settings.loading import load_settings

SETS = ("imagenet", "cub", "oxfordpets", "flowers102", "food101", "dtd")
TEXT, BOTH, UNION = "text", "integrated above 0.7", "parashar-union"
COLUMNS = ("model", "concepts", "definition", "zeros", "r2", "r2_held_out_concepts", "r2_held_out_sets")
Names = Mapping[Pair, Mapping[str, int]]


def names_of_classes(clone: Path) -> Names:
    """The captions that hold each name of a class, by the keys of set, class and name."""
    found: dict[Pair, dict[str, int]] = {}
    for file in sorted(clone.glob("analysis/laion/*/metrics-LAION400M.json")):
        for one in json.loads(file.read_bytes()).values():
            names = {concept_key(name): count for name, count in one["alternates"].items()}
            found[set_key(file.parent.name), concept_key(one["name"])] = names
    return found


def definitions(item: ScoredDefinitions, pairs: list[Pair], names: Names) -> Iterator[FrequencyDefinition]:
    """The paper's text frequency, and with the other names: as the paper counts them, and as the table does."""
    samples = {one.name: one.samples for one in item.definitions}
    text, both, union = (np.array([samples[name][pair] for pair in pairs]) for name in (TEXT, BOTH, UNION))
    paper: dict[str, float] = {}
    for (_, concept), count in samples[TEXT].items():
        paper[concept] = max(count, paper.get(concept, 0))
    others = [{name: count for name, count in names[pair].items() if name != pair[1]} for pair in pairs]
    known = [sum(paper.get(name, 0) for name in one) for one in others]
    theirs = [sum(one.values()) for one in others]
    most = [max(names[pair].values(), default=0) for pair in pairs]
    yield counted("text", text)
    yield with_presence("text and P(image | text)", text, both)
    yield counted("text and other names that the paper counts", text + known)
    yield counted("text and other names", text + theirs)
    yield with_presence("text and other names, P(image | them)", text + theirs, both)
    yield counted("the most frequent of text and all names", np.maximum(text, most))
    yield counted(UNION, union)
    yield with_presence(f"{UNION}, P(image | it)", union, both)


def main(settings: str, clone: str) -> None:
    """Write one row per model and definition to stdout."""
    given, names = load_settings(settings), names_of_classes(Path(clone))
    context = Context.looking(given, open_lake(given), "compare-definitions")
    rows = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore")
    rows.writeheader()
    for item in scored_definitions(context, ["laion400m"], SETS, [TEXT, BOTH, UNION]):
        pairs = [pair for pair in item.common if pair in names]
        of_set, concepts = zip(*pairs, strict=True)
        scores = [item.scores[pair] for pair in pairs]
        found = compare_definitions(concepts, of_set, list(definitions(item, pairs, names)), scores)
        rows.writerows({"model": item.model, **row} for row in found.rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
