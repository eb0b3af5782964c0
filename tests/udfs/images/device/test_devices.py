"""The device is the one that was asked for, or an error."""

from __future__ import annotations

import pytest
import torch

from udfs.images.device import devices
from udfs.images.device.devices import choose_device, choose_precision, decode_threads
from udfs.setup_errors import DeviceError


def test_cpu_is_cpu() -> None:
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
@pytest.mark.parametrize("wanted", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_an_error(wanted: str) -> None:
    with pytest.raises(DeviceError, match="sees no GPU"):
        choose_device(wanted)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_auto_falls_back_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    devices._say_choice.cache_clear()
    with caplog.at_level("INFO"):
        assert choose_device("auto") == choose_device("auto") == torch.device("cpu")
    assert caplog.messages == ["device auto: chose cpu (0 GPUs seen)"]


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DeviceError, match="tpu.*expected auto, cpu"):
        choose_device("tpu")


def test_whoever_chooses_a_device_computes_on_one_thread() -> None:
    torch.set_num_threads(2)
    choose_device("cpu")
    assert torch.get_num_threads() == 1


def test_threads_that_decode_are_as_many_as_the_task_has_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert decode_threads(torch.device("cpu")) == 3
    assert decode_threads(torch.device("cpu"), 5) == 5


def test_a_gpu_has_its_share_of_the_machines_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = torch.device("cuda", 0)
    for cores, gpus, threads in ((16, 1, 16), (96, 4, 16), (8, 4, 2), (2, 4, 1)):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        monkeypatch.setattr(torch.cuda, "device_count", lambda gpus=gpus: gpus)
        assert decode_threads(gpu) == threads


def test_the_precision_is_the_devices_or_the_one_asked_for() -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda", 0)
    assert [choose_precision("auto", one) for one in (cpu, gpu)] == ["float32", "float16"]
    assert [choose_precision("float32", one) for one in (cpu, gpu)] == ["float32", "float32"]
    assert choose_precision("auto", gpu, safe_in_half=False) == "float32"
    assert choose_precision("float16", gpu, safe_in_half=False) == "float16"
    with pytest.raises(DeviceError, match="float16 needs a GPU.*runs on cpu"):
        choose_precision("float16", cpu)
    with pytest.raises(DeviceError, match="bfloat16.*expected auto, float32 or float16"):
        choose_precision("bfloat16", cpu)
