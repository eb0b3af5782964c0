"""Tasks of one machine take turns on a GPU, and one that dies gives up its turn."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
import torch

from udfs.images.device import gpu_lock
from udfs.images.device.gpu_lock import turn, turn_of
from udfs.images.device.own_folder import own_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The machine's temporary directory, for this process and those it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path


def hold(held: Event, leave: Event) -> None:
    with turn_of("gpu"):
        held.set()
        leave.wait(60)


@pytest.mark.parametrize("killed", [False, True])
def test_one_waits_until_the_others_turn_ends(killed: bool, caplog: pytest.LogCaptureFixture) -> None:
    context = multiprocessing.get_context("spawn")
    first = [context.Event(), context.Event()]
    second = [context.Event(), context.Event()]
    one = context.Process(target=hold, args=first)
    other = context.Process(target=hold, args=second)
    one.start()
    assert first[0].wait(120)
    other.start()
    assert not second[0].wait(3), "two have it at once"
    if killed:
        one.kill()
    else:
        first[1].set()
    assert second[0].wait(120)
    second[1].set()
    for process in (one, other):
        process.join(60)
    assert other.exitcode == 0


def test_different_gpus_are_held_side_by_side() -> None:
    with turn_of("first"), turn_of("second"):
        pass


def test_the_cpu_and_a_scheduled_gpu_need_no_turn(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with turn(torch.device("cpu")), turn(torch.device("cpu")):
        pass
    monkeypatch.setattr(gpu_lock, "is_scheduled", lambda: True)
    with turn(torch.device("cuda", 0)), turn(torch.device("cuda", 0)):
        pass
    assert list(temporary.iterdir()) == []


def test_a_folder_that_others_can_write_to_is_refused(temporary: Path) -> None:
    folder = own_folder("turns")
    assert folder.parent == temporary and folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    with pytest.raises(PermissionError, match="can be written by others"):
        own_folder("turns")
