"""The benchmark of images with tiny models on the CPU: all that a GPU runs first runs here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import clips
import pytest
import random_ram_plus
import torch
from torchvision.transforms import Compose, Resize, ToTensor

from benchmarks import images_gpu, images_stage
from benchmarks.images import text
from benchmarks.images_cards import share_of_peak
from benchmarks.images_decoding import decoding_table
from benchmarks.images_staging import staged_seconds
from benchmarks.images_timing import check_clocks, clock, rate
from benchmarks.jpegs import drawn, enlarged, photos
from benchmarks.subjects import ON_CPU, ON_GPU, RAM_PLUS, Subject, subject

CPU = torch.device("cpu")
NUMBER = re.compile(r"\d+\.\d+")
SHARE = re.compile(r"\d+%")


def tiny_clip(folder: Path) -> Subject:
    settings = {"model": str(clips.save_clip(folder / "clip"))}
    return Subject("CLIP", 0.01, {"cpu": 9}, Compose([Resize((32, 32)), ToTensor()]), embedder=settings)


def tiny_ram_plus(folder: Path) -> Subject:
    settings = random_ram_plus.tagger_settings(folder, ["dog", "cat"])
    return Subject("RAM++", 0.01, {"cpu": 9}, Compose([Resize((64, 64)), ToTensor()]), tagger=settings)


@pytest.fixture(scope="module")
def images() -> list[bytes]:
    return drawn(80, 5)


@pytest.mark.parametrize("make", [tiny_clip, tiny_ram_plus])
def test_what_a_gpu_is_asked_runs_on_the_cpu(
    make: Callable[[Path], Subject], images: list[bytes], tmp_path: Path
) -> None:
    table = images_gpu.table([make(tmp_path)], images, CPU, tmp_path, part=4)
    ((_, many, share, busy, one, busy_in_it, loop),) = table.rows
    assert share == "peak not known" and len(table.columns) == 7
    assert all(NUMBER.fullmatch(cell) for cell in (many, one, loop))
    assert all(SHARE.fullmatch(cell) for cell in (busy, busy_in_it))


def test_the_stage_is_measured_beside_its_parts(images: list[bytes], tmp_path: Path) -> None:
    cells = images_stage.row(tiny_clip(tmp_path), images, CPU, tmp_path, staged=40)
    assert len(cells) == len(images_stage.COLUMNS)
    assert all(NUMBER.fullmatch(cell) for cell in cells[1:])


def test_a_classifier_goes_through_the_plain_loop(images: list[bytes], tmp_path: Path) -> None:
    model = subject("EfficientNet-Lite0", tmp_path)
    assert model.plain(images[:1], model.models(CPU)) == 1


def test_images_that_are_only_staged_are_all_decoded(images: list[bytes], tmp_path: Path) -> None:
    models = tiny_clip(tmp_path).models(CPU)
    assert staged_seconds(models, images, 70) > 0
    with pytest.raises(RuntimeError, match="5 of 6 images were decoded"):
        staged_seconds(models, [*images, b"<html>"], 6)


def test_without_a_gpu_its_table_is_there() -> None:
    table = images_gpu.not_measured(ON_GPU)
    assert {"EfficientNet-Lite0", "CLIP ViT-B-32", "CLIP ViT-L-14", "RAM++ (4,029 tags)"} == {
        row[0] for row in table.rows
    }
    assert all(list(row[1:]) == ["not measured"] * (len(table.columns) - 1) for row in table.rows)
    assert {"share of peak", "busy"} < set(table.columns) and "DataLoader" in table.columns[-1]
    assert set(ON_CPU) < set(ON_GPU)


def test_a_peak_is_that_of_the_very_card() -> None:
    assert share_of_peak(98_900, "NVIDIA H200") == "10%"
    assert share_of_peak(12_100, "NVIDIA L4") == "10%"
    for unknown in ("NVIDIA L40S", "NVIDIA GH200 480GB", "NVIDIA H100 80GB HBM3 MIG 1g.10gb", "cpu"):
        assert share_of_peak(12_100, unknown) == "peak not known"
    assert pytest.approx(302, rel=0.005) == RAM_PLUS


def test_figures_that_contradict_each_other_are_refused() -> None:
    assert clock(lambda: sum(range(1000)), CPU) > 0
    check_clocks(10.0, 10.1)
    with pytest.raises(RuntimeError, match="no figure to trust"):
        check_clocks(0.1, 10.0)
    assert images_gpu.busy(1, 2) == 0.5
    with pytest.raises(RuntimeError, match="no figure to trust"):
        images_gpu.busy(2.1, 2)


def test_slow_rates_have_two_decimals() -> None:
    assert [rate(1, 2), rate(1234, 100), rate(98, 10), rate(5000, 1)] == ["0.50", "12.3", "9.80", "5000.0"]


def test_photos_say_whether_they_were_enlarged(shared: Path) -> None:
    assert len(photos(300, 3)) == 3
    assert [enlarged(side, 12) for side in (300, 500, 1000, 2000)] == [0, 0, 12, 12]
    names = [row[0] for row in decoding_table({300: 1}).rows]
    assert names == ["300 px, drawn", "300 px, photos (0 of 1 enlarged)"]
    assert "enlarged" in text(CPU)[0]
