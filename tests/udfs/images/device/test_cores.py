"""The cores of a task, and what computes on them side by side."""

from __future__ import annotations

import os
import threading

import pytest
import torch

from udfs.images.device.cores import cores, on_all_cores, side_by_side


@pytest.mark.parametrize(("given", "found"), [("1", 1), ("3", 3), ("0", None), ("", None), ("many", None)])
def test_cores_are_those_of_the_task_or_all(given: str, found: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert cores() == (found or len(os.sched_getaffinity(0)))


def test_a_system_that_names_no_cores_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert cores() == 7


@pytest.mark.parametrize("count", ["1", "3"])
def test_things_side_by_side_are_answered_in_order_on_one_thread_each(
    count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", count)
    met = threading.Barrier(int(count), timeout=30)

    def work(number: int) -> tuple[int, int]:
        met.wait()
        return number, torch.get_num_threads()

    torch.set_num_threads(2)
    assert side_by_side(work, range(9), torch.device("cpu")) == [(number, 1) for number in range(9)]


def test_an_error_beside_others_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda number: 1 / number, [2, 1, 0], torch.device("cpu"))


def test_a_gpu_is_asked_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = side_by_side(lambda number: (number, threading.current_thread()), range(3), torch.device("cuda", 0))
    assert found == [(number, threading.current_thread()) for number in range(3)]


def test_a_block_computes_on_all_cores_whatever_ran_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    torch.set_num_threads(1)
    with on_all_cores():
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == 1
