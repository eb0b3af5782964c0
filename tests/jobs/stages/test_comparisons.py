"""What is nearest after any history of a corpus is what one comparison of all finds: lakes without Spark or models.

Embeddings are angles, so that the nearest of some is known by hand.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import offspark
import pyarrow as pa
import pytest
import tiny

from jobs.core.context import Context
from jobs.core.identities import Identities
from jobs.core.stage_specs import images_spec
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger, Outcome, Unit
from jobs.lake.specs import digest
from jobs.lake.tables import TABLES
from jobs.results.fits.similarities import stored_similarities
from jobs.settings.settings import Settings
from jobs.stages import nearest
from jobs.stages.labelled_images import LabelledSet
from udfs.images.models.embeddings import encode_embedding

ARROW = {
    "STRING": pa.string(), "DOUBLE": pa.float64(), "BIGINT": pa.int64(), "TIMESTAMP": pa.timestamp("us", "UTC"),
}  # fmt: skip
Angles = Mapping[str, Sequence[float]]


class NoModel(Identities):
    """Identities without weights."""

    def of(self, kind: Any, config: Any) -> dict[str, Any]:
        return {"kind": kind}


class World:
    """A corpus whose shards hold embeddings at angles in degrees, and a set of test images; both may change."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        (folder / "set").mkdir(parents=True)
        tiny.write_shard(folder / "set" / "t.tar", [("0", "dog", tiny.picture(0))])
        one = {"name": "fresh", "format": "webdataset", "path": str(folder / "set"), "concepts": "words"}
        model = {"name": "m", "model": str(folder / "model")}
        given = tiny.settings_dict(
            folder,
            images={"embedder": {"model": str(folder / "model")}},
            evaluate={"sets": [one], "models": [model]},
        )
        self.settings = Settings.model_validate(given)
        self.tests: list[float] = []
        for name in ("nearest_samples", "leases", "runs"):
            schema = pa.schema([(column.name, ARROW[column.type]) for column in TABLES[name].columns])
            offspark.create(self.settings.lake, name, schema)
        for name in ("shards", "specs", "image_features"):
            offspark.create(self.settings.lake, name, offspark.SCHEMAS[name])
        patch.setattr(nearest, "embedded_set", lambda *_: labelled(self.tests))

    @property
    def context(self) -> Context:
        return Context(self.settings, Lake(None, self.settings.lake), identities=NoModel())

    def hold(self, shards: Angles) -> None:
        """Let the corpus have these shards and no others, as the stage `images` leaves them."""
        context = self.context
        spec = images_spec(self.settings, self.settings.corpora[0], context.identities).id
        where = {"corpus": "tiny", "spec": spec}
        ok = {**where, "status": "ok"}
        rows = [
            {**ok, "shard": shard, "sample": f"{shard}{at}", "ordinal": at, "embedding": vector(angle)}
            for shard, angles in shards.items()
            for at, angle in enumerate(angles)
        ]
        context.lake.replace_rows("image_features", where, rows)
        context.lake.replace_rows("shards", {"corpus": "tiny", "stage": "images"}, [])
        outcomes = {
            Unit(shard, digest(list(map(str, angles))), len(angles)): Outcome(len(angles), {"ok": len(angles)})
            for shard, angles in shards.items()
        }
        if outcomes:
            Ledger(context.lake, ["tiny"]).write("tiny", "images", [spec], outcomes, "by hand")

    def work(self) -> int:
        """Run the stage; returns how many samples were compared."""
        result = nearest.run(self.context)
        assert not result.troubles, result.troubles
        return sum(summary.samples for summary in result.stages)

    def found(self) -> list[tuple[float | None, str | None, str | None]]:
        """What is stored of each test image."""
        rows = sorted(self.context.lake.rows("nearest_samples"), key=lambda row: int(row["sample"]))
        return [(row["similarity"], row["nearest_shard"], row["nearest_sample"]) for row in rows]


def vector(angle: float) -> bytes:
    """A direction in the plane, or none for an angle that is no number."""
    radians = np.radians(angle)
    return encode_embedding(np.array([np.cos(radians), np.sin(radians)], np.float32))


def labelled(angles: Sequence[float]) -> LabelledSet:
    """Test images at these angles."""
    columns = [["t.tar"] * len(angles), [str(at) for at in range(len(angles))], ["dog"] * len(angles)]
    columns += [["ok"] * len(angles), [vector(angle) for angle in angles]]
    names = ("shard", "sample", "concept", "status", "embedding")
    images = pa.table(dict(zip(names, columns, strict=True)))
    return LabelledSet(images.sort_by([("shard", "ascending"), ("sample", "ascending")]), Counter(ok=len(angles)))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_by_hand(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world.tests = [0, 50, 100]
    world.hold({"a": [10, 60], "c": [60, 90]})
    assert world.work() == 4
    # Of equally near ones the first by shard.
    assert [one[1:] for one in world.found()] == [("a", "a0"), ("a", "a1"), ("c", "c1")]
    assert world.found()[0][0] == pytest.approx(np.cos(np.radians(10)), abs=1e-3)
    assert world.work() == 0 and stored_similarities(world.context, world.settings.corpora[0]).outdated == ()

    # A new shard alone; its sample at 60 degrees is as near as that of `a`, which stays the first.
    world.hold({"a": [10, 60], "b": [60, 101], "c": [60, 90]})
    assert stored_similarities(world.context, world.settings.corpora[0]).outdated == ("fresh",)
    assert world.work() == 2 and [one[1] for one in world.found()] == ["a", "a", "b"]
    # `c` holds no nearest sample: without it, and with other content, nothing else is compared.
    world.hold({"a": [10, 60], "b": [60, 101]})
    assert world.work() == 0
    world.hold({"a": [10, 60], "b": [60, 101], "c": [1]})
    assert world.work() == 1 and world.found()[0][1:] == ("c", "c0")
    # Now it does.
    world.hold({"a": [10, 60], "b": [60, 101]})
    assert world.work() == 4 and world.found()[0][1:] == ("a", "a0")
    world.hold({"a": [10, 60], "b": [60, 101], "c": [1]})
    assert world.work() == 1 and world.found()[0][1:] == ("c", "c0")


def test_an_image_without_a_direction_has_no_nearest_sample(world: World) -> None:
    world.tests = [0, float("nan")]
    world.hold({"a": [10, float("nan")]})
    assert world.work() == 2 and world.found()[1] == (None, None, None) and world.found()[0][1:] == ("a", "a0")
    world.hold({"a": [10, float("nan")], "b": [5]})
    assert world.work() == 1 and world.found()[1] == (None, None, None) and world.found()[0][1:] == ("b", "b0")


@pytest.mark.parametrize("seed", range(8))
def test_any_history_ends_with_what_one_comparison_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    world = World(tmp_path / "grown", monkeypatch)
    shards: dict[str, list[float]] = {}
    for _ in range(6):
        if not world.tests or random.random() < 0.2:
            world.tests = [random.randrange(0, 180, 10) for _ in range(5)]
            picture = tiny.picture(random.randrange(10**6))
            tiny.write_shard(tmp_path / "grown" / "set" / "t.tar", [("0", "dog", picture)])
        for name in "abcd":
            if random.random() < 0.4:
                shards[name] = [random.randrange(0, 180, 10) for _ in range(random.randrange(1, 4))]
            elif random.random() < 0.2:
                shards.pop(name, None)
        shards.setdefault("e", [90])
        world.hold(shards)
        if random.random() < 0.4:
            with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
                patched.setattr(*random.choice([(Ledger, "write"), (Lake, "replace_arrow")]), killed)
                world.work()
                raise KeyboardInterrupt
        else:
            world.work()
    world.work()
    fresh = World(tmp_path / "fresh", monkeypatch)
    fresh.tests = world.tests
    fresh.hold(shards)
    monkeypatch.setattr(nearest, "embedded_set", lambda *_: labelled(world.tests))
    fresh.work()
    assert world.found() == fresh.found() and world.work() == 0


def killed(*_: Any) -> None:
    """As a run that is killed before it writes the rows, or the ledger."""
    raise KeyboardInterrupt
