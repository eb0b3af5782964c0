"""The pipeline with real models: order, memory, batch sizes and threads, and a device that is too small."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import clips
import pytest
import torch

from udfs import statuses
from udfs.images.decode import preparation
from udfs.images.decode.policies import DEFAULT
from udfs.images.feature_rows import FeatureRow
from udfs.images.running import forwards, pipeline
from udfs.images.running.loaded_models import ImageFindings, Models, load_models
from udfs.images.running.pipeline import PHASES, Pipeline
from udfs.shards.image_reads import UnreadImage

LABELS = tuple(f"thing {number}" for number in range(12))


@pytest.fixture
def models(tiny_clip: Path) -> Callable[..., Models]:
    """models(**options): the tiny tagger and embedder."""

    def load(**options: Any) -> Models:
        tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
        given = {"floor": 0.0, "device": "cpu", **options}
        return load_models(tagger, {"model": str(tiny_clip)}, LABELS, **given)

    return load


@pytest.fixture(scope="module")
def contents(picture: Callable[..., bytes]) -> list[bytes | UnreadImage]:
    """70 pictures of several sizes and formats; every seventh is broken, every eleventh was not there."""
    found: list[bytes | UnreadImage] = []
    for at in range(70):
        data = picture(at, (40 + at, 90 - at), ("JPEG", "PNG", "WEBP")[at % 3])
        data = data[: len(data) // 3] if at % 7 == 3 else data
        found.append(UnreadImage(statuses.FETCH_ERROR, "gone") if at % 11 == 5 else data)
    return found


def answers(models: Models, contents: Sequence[bytes | UnreadImage], threads: int = 2) -> list[tuple[Any, ...]]:
    rows = ((FeatureRow("s", str(at), statuses.OK), content) for at, content in enumerate(contents))
    found = list(Pipeline(models, DEFAULT, threads).run(rows))
    assert [row.sample for row in found] == [str(at) for at in range(len(contents))]
    return [(row.status, row.found and (*tags_of(row.found), row.found.embedding)) for row in found]


def tags_of(found: ImageFindings) -> tuple[list[int], list[float]]:
    return [] if found.labels is None else found.labels.tolist(), [] if found.scores is None else found.scores.tolist()


@pytest.mark.parametrize(("batch_size", "threads"), [(1, 1), (7, 3), (32, 2), (50, 16)])
def test_batch_size_and_threads_change_nothing(
    models: Callable[..., Models], contents: list[bytes | UnreadImage], batch_size: int, threads: int
) -> None:
    usual = answers(models(), contents, threads=1)
    assert sum(status == statuses.OK for status, _ in usual) == 55
    assert answers(models(batch_size=batch_size), contents, threads) == usual


def test_models_of_different_sizes_share_one_decode(
    tiny_clip: Path, contents: list[bytes | UnreadImage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    larger = {**clips.CLIP, "vision_cfg": {**clips.CLIP["vision_cfg"], "image_size": 64}}
    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    embedder = {"model": str(clips.save_clip(tmp_path / "larger", larger))}
    options: dict[str, Any] = {"floor": 0.0, "device": "cpu"}
    both = load_models(tagger, embedder, LABELS, **options)
    assert [view.size for view in both.views] == [(32, 32), (64, 64)]
    decoded: Counter[bytes] = Counter()
    decode = preparation.decode

    def counted(data: bytes, *rest: Any) -> Any:
        decoded[data] += 1
        return decode(data, *rest)

    monkeypatch.setattr(preparation, "decode", counted)
    found = answers(both, contents)
    assert decoded == Counter(data for data in contents if isinstance(data, bytes))
    assert decoded.total() == sum(isinstance(data, bytes) for data in contents) == 64
    tags = answers(load_models(tagger, None, LABELS, **options), contents)
    embeddings = answers(load_models(None, embedder, **options), contents)
    for one, first, second in zip(found, tags, embeddings, strict=True):
        assert one[0] == first[0] == second[0]
        assert one[1] is None or one[1] == (*first[1][:2], second[1][2])


def test_a_forward_that_does_not_fit_is_halved_for_good(
    models: Callable[..., Models], contents: list[bytes | UnreadImage], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(forwards, "_SMALLER", {})
    # Forwards one after the other, whose sizes have an order.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    loaded = models()
    usual = answers(loaded, contents)
    sizes: list[int] = []

    def small_device(_: Any, inputs: tuple[torch.Tensor]) -> None:
        sizes.append(len(inputs[0]))
        if len(inputs[0]) > 8:
            raise torch.OutOfMemoryError("CUDA out of memory")

    hook = loaded.embedder.network.visual.register_forward_pre_hook(small_device)  # type: ignore[union-attr]
    try:
        found = answers(loaded, contents)
        assert sizes[:3] == [32, 16, 8] and set(sizes[2:]) == {8}
        sizes.clear()
        answers(models(), contents)
        assert set(sizes) == {8}, "the process remembers"
    finally:
        hook.remove()
    assert caplog.text.count("do not fit into its memory") == 2
    assert [status for status, _ in found] == [status for status, _ in usual]
    for (_, small), (_, large) in zip(found, usual, strict=True):
        assert small is None or small[0] == large[0] and small[1] == pytest.approx(large[1], abs=1e-5)


def test_one_image_that_does_not_fit_is_an_error(
    models: Callable[..., Models], contents: list[bytes | UnreadImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwards, "_SMALLER", {})

    def no_device(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    loaded = models()
    hook = loaded.embedder.network.visual.register_forward_pre_hook(no_device)  # type: ignore[union-attr]
    try:
        with pytest.raises(torch.OutOfMemoryError):
            answers(loaded, contents)
    finally:
        hook.remove()


def test_reading_stays_a_bounded_way_ahead(
    models: Callable[..., Models], contents: list[bytes | UnreadImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BYTES", 40_000)
    data = max((one for one in contents if isinstance(one, bytes)), key=len)
    read = answered = most = 0

    def source() -> Iterator[tuple[FeatureRow, bytes]]:
        nonlocal read
        for at in range(300):
            read += 1
            yield FeatureRow("s", str(at), statuses.OK), data

    for _ in Pipeline(models(), DEFAULT, 2).run(source()):
        time.sleep(0.001)
        answered += 1
        most = max(most, read - answered)
    # As many bytes are read ahead as are being decoded, beside one batch of 32.
    assert answered == 300 and most <= 2 * (40_000 // len(data) + 2) + 32 + 2


def test_an_error_of_the_reader_reaches_the_caller(models: Callable[..., Models]) -> None:
    def source() -> Iterator[tuple[FeatureRow, UnreadImage]]:
        yield FeatureRow("s", "0", statuses.OK), UnreadImage(statuses.NO_IMAGE, "none")
        raise ConnectionError("the shard is gone")

    with pytest.raises(ConnectionError, match="the shard is gone"):
        list(Pipeline(models(), DEFAULT, 2).run(source()))


def test_a_caller_that_stops_leaves_no_thread(
    models: Callable[..., Models], contents: list[bytes | UnreadImage]
) -> None:
    before = threading.active_count()
    found = Pipeline(models(batch_size=1), DEFAULT, 3).run(
        (FeatureRow("s", "", statuses.OK), one) for one in contents * 9
    )
    next(found)
    found.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 30
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_every_second_has_a_phase(models: Callable[..., Models], contents: list[bytes | UnreadImage]) -> None:
    run = Pipeline(models(), DEFAULT, 2)
    spent: dict[str, float] = {}
    rows = ((FeatureRow("s", "", statuses.OK, seconds={"read": 0.5}), one) for one in contents)
    for row in run.run(rows):
        time.sleep(0.002)
        for phase, seconds in row.seconds.items():
            spent[phase] = spent.get(phase, 0.0) + seconds
    assert run.images == 70 and set(run.seconds) == set(PHASES)
    assert run.seconds["read"] == pytest.approx(35) and run.seconds["write"] >= 0.14
    assert all(run.seconds[phase] > 0 for phase in PHASES)
    # The caller has seen all but what it did with the last row.
    assert spent["write"] <= run.seconds["write"]
    assert {phase: spent[phase] for phase in PHASES if phase != "write"} == pytest.approx(
        {phase: run.seconds[phase] for phase in PHASES if phase != "write"}
    )
