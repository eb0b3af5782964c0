"""A lake whose captions and images a test has drawn: who shows what is known of every sample, and no model ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from postings_of import store_postings
from published_counts import kept_lake

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings

# Labels of the tagger that captions name by one noun each.
TEXT = """
goldfish ostrich goldfinch magpie vulture bullfrog terrapin scorpion tarantula centipede peacock macaw hornbill
toucan koala jellyfish snail flamingo pelican albatross beagle bloodhound collie dalmatian leopard jaguar lion
cheetah mongoose meerkat ladybug cricket mantis dragonfly starfish hare porcupine hamster beaver zebra hippopotamus
weasel otter badger armadillo orangutan gorilla chimpanzee baboon accordion ambulance backpack balloon banjo barrel
basketball bassoon beaker bookcase bonnet
"""
NAMES = tuple(TEXT.split())
SAMPLES, SHARDS = 6_000, 3
THRESHOLDS = (0.3, 0.6)
Place = tuple[int, int]


@dataclass(frozen=True)
class SeenLake:
    """The lake to be looked at, and by (shard, ordinal): what images show, what captions name, scores of labels."""

    context: Context
    shown: Mapping[Place, set[str]]
    named: Mapping[Place, set[str]]
    scores: Mapping[Place, Mapping[str, float]]

    def frequency(self, name: str) -> int:
        """How many images show it."""
        return sum(name in names for names in self.shown.values())

    def found_by(self, search: str, threshold: float | None) -> dict[Place, set[str]]:
        """What a search finds in each sample."""
        if search == "text":
            return dict(self.named)
        seen = {at: {name for name, one in held.items() if one > (threshold or 0)} for at, held in self.scores.items()}
        return seen if search == "image" else {at: seen[at] & self.named[at] for at in seen}


def seen_lake(folder: Path, seed: int = 0) -> SeenLake:
    """The kept lake with other samples: one concept in each image, 1 to 700 images of each, and a tagger that errs."""
    config = kept_lake(folder)
    settings = yaml.safe_load(config.read_text())
    settings["images"]["tagger"] |= {"floor": 0.1, "threshold": list(THRESHOLDS)}
    (folder / "concepts.txt").write_text("\n".join(NAMES) + "\n", encoding="utf-8")
    lake = Lake(None, settings["lake"])
    random = np.random.default_rng(seed)
    frequency = np.rint(np.geomspace(1, 700, len(NAMES)) * SAMPLES / 6_700).astype(int).clip(1)
    shows = random.permutation(np.resize(np.repeat(np.array(NAMES), frequency), SAMPLES))
    places = [(at % SHARDS, at // SHARDS) for at in range(SAMPLES)]
    shown = {place: {str(name)} for place, name in zip(places, shows, strict=True)}
    named = {place: (names if random.random() < 0.8 else set()) for place, names in shown.items()}
    scores = {place: _scores(random, names) for place, names in shown.items()}
    _store(lake, named, scores)
    context = Context.looking(Settings.model_validate(settings), lake, "label")
    return SeenLake(context, shown, named, scores)


def _scores(random: np.random.Generator, names: set[str]) -> dict[str, float]:
    """Scores above the floor: of what is shown, mostly high ones, and of some other concept, mostly low ones."""
    given = {name: float(np.float32(random.beta(5, 2))) for name in names}
    # Some names are confused far more often than others.
    other = NAMES[int(len(NAMES) * random.random() ** 2)]
    given.setdefault(other, float(np.float32(random.beta(1.5, 4))))
    return {name: score for name, score in given.items() if score > 0.1}


def _store(lake: Lake, named: Mapping[Place, set[str]], scores: Mapping[Place, Mapping[str, float]]) -> None:
    store_postings(lake, named, scores)
    rows = lake.rows("samples")
    empty: dict[str, Any] = {name: None for name in rows[0] if name not in ("corpus", "spec", "status")}
    made = [
        {**rows[0], **empty, "shard": f"{shard:05}.tar", "ordinal": ordinal, "sample": f"{shard}-{ordinal}"}
        | {"caption": " ".join(sorted(named[shard, ordinal])), "caption_repaired": False}
        for shard, ordinal in named
    ]
    lake.replace_rows("samples", {"corpus": "tiny", "spec": rows[0]["spec"]}, made)
