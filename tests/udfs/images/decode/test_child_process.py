"""Images that crash a decoder, or hold it for ever: a process apart tells which they are and answers the others."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from udfs import statuses
from udfs.images.decode.child_process import Apart
from udfs.images.decode.facts import Facts
from udfs.images.decode.policies import DEFAULT
from udfs.images.decode.preparation import Prepared, timed
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.feature_rows import FeatureRow
from udfs.images.running import pipeline
from udfs.images.running.loaded_models import Models, load_models
from udfs.images.running.pipeline import Pipeline, StuckError

DEADLY = Path(__file__).parents[3] / "support" / "deadly"
CRASHES, NEVER_ENDS = (13, 17), (17, 13)
GREY = (0.5, 0.5, 0.5)
VIEWS = (
    Preprocessing((32, 32), "squash", "bilinear", GREY, GREY),
    Preprocessing((24, 40), "longest", "bicubic", GREY, GREY),
)

Picture = Callable[..., bytes]


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[Apart]:
    """Its child has the deadly decoder, this process has Pillow's own."""
    monkeypatch.setenv("PYTHONPATH", str(DEADLY))
    found = Apart(VIEWS, DEFAULT, limit=2.0)
    yield found
    found.close()


def test_the_pixels_are_those_of_this_process(apart: Apart, picture: Picture) -> None:
    for at, kind in enumerate(("JPEG", "PNG", "WEBP")):
        data = picture(at, (60 + at, 41), kind)
        there, here = apart(data)[0], timed(data, VIEWS, DEFAULT)[0]
        assert there.status == here.status == statuses.OK
        assert there.pixels is not None and here.pixels is not None
        assert all(torch.equal(*pair) for pair in zip(there.pixels, here.pixels, strict=True))
    assert apart(b"<html>")[0] == timed(b"<html>", VIEWS, DEFAULT)[0] == Prepared(None, *_said(b"<html>"))


def _said(data: bytes) -> tuple[str, str | None]:
    prepared, _ = timed(data, VIEWS, DEFAULT)
    return prepared.status, prepared.detail


def test_what_crashes_twice_is_poison_and_the_next_is_answered(apart: Apart, picture: Picture) -> None:
    prepared, _ = apart(picture(1, CRASHES))
    assert prepared.status == statuses.POISON and prepared.pixels is None
    assert prepared.detail == f"ended the process that decoded it 2 times: signal {int(signal.SIGSEGV)}"
    assert apart(picture(1))[0].status == statuses.OK


def test_a_child_that_dies_of_something_else_costs_no_image(apart: Apart, picture: Picture) -> None:
    assert apart(picture(1))[0].status == statuses.OK
    os.kill(apart._child.pid, signal.SIGKILL)
    assert apart(picture(2))[0].status == statuses.OK


def test_what_never_ends_is_killed(apart: Apart, picture: Picture) -> None:
    prepared, _ = apart(picture(1, NEVER_ENDS))
    assert prepared.status == statuses.TIMEOUT and prepared.detail == "not decoded within 2 s"
    assert apart(picture(1))[0].status == statuses.OK


def test_a_child_that_cannot_start_is_no_images_fault(
    apart: Apart, picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nos._exit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="did not start: exit status 3"):
        apart(picture(1))


@pytest.fixture
def models(tiny_clip: Path) -> Models:
    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    return load_models(tagger, None, ("a thing", "another"), floor=0.0, device="cpu", batch_size=4)


def test_a_pipeline_gives_the_same_with_its_images_apart(
    models: Models, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(DEADLY))
    good = [picture(at, (40 + at, 33)) for at in range(9)]
    deadly = [*good[:4], picture(1, CRASHES), b"<html>", *good[4:]]
    usual = _answers(Pipeline(models, DEFAULT, 2, hashes=("bytes", "look")), good)
    found = _answers(Pipeline(models, DEFAULT, 1, apart=True, hashes=("bytes", "look")), deadly)
    assert [status for status, *_ in found[4:6]] == [statuses.POISON, statuses.NOT_AN_IMAGE]
    assert [facts for _, facts, _ in found[4:6]] == [Facts(hashlib.sha256(data).digest()) for data in deadly[4:6]]
    assert found[:4] + found[6:] == usual


def _answers(pipeline: Pipeline, contents: list[bytes]) -> list[tuple[str, Facts, list[float] | None]]:
    rows = (FeatureRow("s", str(at), statuses.OK) for at in range(len(contents)))
    answered = list(pipeline.run(zip(rows, contents, strict=True)))
    assert [row.sample for row in answered] == [str(at) for at in range(len(contents))]
    return [(row.status, row.facts, row.found and row.found.scores.tolist()) for row in answered]


def test_a_pipeline_does_not_wait_for_ever(models: Models, picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture(1)
    monkeypatch.setattr(pipeline, "LIMIT", 0.5)
    monkeypatch.setattr(pipeline, "timed", lambda *_, **__: time.sleep(3))
    start = time.monotonic()
    with pytest.raises(StuckError, match="still being decoded"):
        _answers(Pipeline(models, DEFAULT, 2), [data])
    assert time.monotonic() - start < 3
