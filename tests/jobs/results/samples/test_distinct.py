"""Distinct images among the samples that hold a concept: hashed in a real run, counted by the driver and by Spark."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import clips
import pytest
import tiny

from jobs.core import reading
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.counts.answers import Alike
from jobs.results.counts.frequencies import frequencies
from jobs.results.samples.distinct import with_distinct
from jobs.results.samples.holders import find_holders
from jobs.settings.settings import Search, Settings

# Three pictures, each in samples of several shards.
SHARDS = (
    (("a dog and a cat", 1), ("a cat", 1), ("a dog", 2)),
    (("a dog on a bicycle", 2), ("a tiger", 3), ("a dog", 3)),
    (("another dog", 1), ("a cat", 2)),
)
THRESHOLD = 0.1


@pytest.fixture(scope="module")
def finished(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a finished lake with both hashes."""
    folder = tmp_path_factory.mktemp("distinct")
    (folder / "corpus").mkdir()
    for number, samples in enumerate(SHARDS):
        rows = [(f"{number}{row}", caption, tiny.picture(seed)) for row, (caption, seed) in enumerate(samples)]
        tiny.write_shard(folder / "corpus" / f"{number:05}.tar", rows)
    tagger = {"kind": "clip", "model": str(clips.save_clip(folder / "model")), "floor": 0.02, "threshold": THRESHOLD}
    made = tiny.settings_dict(folder, images={"tagger": tagger, "hashes": ["look", "bytes"]})
    assert tiny.run_here(spark, made).complete
    return Settings.model_validate(made)


def shown(settings: Settings, lake: Lake, search: Search, alike: Alike) -> dict[str, tuple[int, int]]:
    """(frequency, distinct) by concept."""
    context = Context.looking(settings, lake, "counts")
    rows = with_distinct(context, frequencies(context, settings.corpora[0], search), search, alike)
    return {row["concept"]: (row["frequency"], row["distinct"]) for row in rows if row["frequency"] is not None}


def by_loops(settings: Settings, concept: str, search: Search) -> tuple[int, int]:
    """The samples that hold a concept, and how many files of images there are among them."""
    corpus = settings.corpora[0]
    threshold = None if search == "text" else THRESHOLD
    held = find_holders(
        Context.looking(settings, Lake(None, settings.lake), "counts"), corpus, concept, search, threshold
    )
    files = images(Path(corpus.path))
    places = [(held.shards[shard], ordinal) for shard, ordinal in zip(held.shard, held.ordinal.tolist(), strict=True)]
    return len(places), len({files[place] for place in places})


def images(folder: Path) -> Mapping[tuple[str, int], bytes]:
    """The sha256 of every image, by shard and ordinal."""
    found = {}
    for path in folder.glob("*.tar"):
        with tarfile.open(path) as tar:
            members = [one for one in tar if one.name.endswith(("png", "jpg"))]
            for ordinal, member in enumerate(members):
                content = tar.extractfile(member)
                assert content is not None
                found[path.name, ordinal] = hashlib.sha256(content.read()).digest()
    return found


def test_images_are_counted_once(finished: Settings) -> None:
    lake = Lake(None, finished.lake)
    found = shown(finished, lake, "text", "bytes")
    assert found["dog"] == by_loops(finished, "dog", "text") == (5, 3)
    assert found["cat"] == by_loops(finished, "cat", "text") == (3, 2)
    assert found["bicycle"] == (1, 1) and found["leaf"] == (0, 0)
    assert shown(finished, lake, "text", "look") == found, "pictures of noise look alike if they are one"
    assert shown(finished, lake, "text", "caption")["dog"] == (5, 4)
    for search in ("image", "integrated"):
        for concept, numbers in shown(finished, lake, search, "bytes").items():
            if numbers[0]:
                assert numbers == by_loops(finished, concept, search)


@pytest.mark.parametrize("search", ["text", "integrated"])
def test_spark_counts_the_same(spark: Any, finished: Settings, search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    here = shown(finished, Lake(None, finished.lake), search, "bytes")
    monkeypatch.setattr(reading, "SAMPLES_HERE", 0)
    assert shown(finished, Lake(spark, finished.lake), search, "bytes") == here


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_photos_of_dogs(spark: Any, shared: Path, tmp_path: Path) -> None:
    tagger = {"kind": "clip", "model": str(clips.save_clip(tmp_path / "model")), "floor": 0.5, "threshold": 0.5}
    path = shared / "corpora" / "wds" / "flickr_like"
    corpora = [{"name": "flickr_like", "format": "webdataset", "path": str(path)}]
    made = tiny.settings_dict(tmp_path, corpora=corpora, images={"tagger": tagger, "hashes": ["bytes", "look"]})
    assert tiny.run_here(spark, made).complete
    settings = Settings.model_validate(made)
    lake = Lake(None, settings.lake)
    found = {alike: shown(settings, lake, "text", alike)["dog"] for alike in ("url", "caption", "bytes", "look")}
    assert found["bytes"] == by_loops(settings, "dog", "text") == (557, 182)
    # The captions of a photo share its URL, and are all different.
    assert (found["url"], found["look"], found["caption"]) == ((557, 182), (557, 182), (557, 557))
