"""The device is the one that was asked for, or an error."""

from __future__ import annotations

import pytest
import torch

from udfs.images.devices import DeviceError, choose_device


def test_cpu_is_cpu() -> None:
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
@pytest.mark.parametrize("wanted", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_an_error(wanted: str) -> None:
    with pytest.raises(DeviceError, match="sees no GPU"):
        choose_device(wanted)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_auto_falls_back_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert choose_device("auto") == torch.device("cpu")
    assert "chose cpu" in caplog.text


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DeviceError, match="tpu.*expected auto, cpu"):
        choose_device("tpu")


def test_threads_follow_the_cores_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    try:
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        choose_device("cpu")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
