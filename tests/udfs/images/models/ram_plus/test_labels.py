"""Files of labels: what is written is read, and what does not fit is refused with both numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import random_ram_plus
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

from udfs.images.models.ram_plus.labels import read_labels, read_names, write_labels
from udfs.setup_errors import ModelError, WeightsError

NAMES = ("cat", "fire_engine", "clock")


def unit_rows(*shape: int) -> torch.Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(5)), dim=-1)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.safetensors"
    embeddings = unit_rows(3, 4, 8)
    write_labels(path, NAMES, embeddings, {"model": "m", "descriptions": 4})
    labels = read_labels(str(path))
    assert labels.names == NAMES and (tmp_path / "labels.txt").read_text() == "cat\nfire_engine\nclock\n"
    assert torch.equal(labels.embeddings("upstream"), embeddings)
    with safe_open(path, "pt") as file:
        assert file.get_tensor("label_embed").shape == (12, 8)
        assert json.loads(file.metadata()["conceptfreq"]) == {"descriptions": 4, "model": "m"}
    first = path.read_bytes()
    write_labels(path, NAMES, embeddings, {"descriptions": 4, "model": "m"})
    assert path.read_bytes() == first and sorted(p.name for p in tmp_path.iterdir()) == [
        "labels.safetensors",
        "labels.txt",
    ]


def test_paper_takes_the_mean_of_a_labels_rows_at_length_one(tmp_path: Path) -> None:
    path = tmp_path / "labels.safetensors"
    embeddings = unit_rows(3, 4, 8)
    write_labels(path, NAMES, embeddings, {})
    found = read_labels(str(path)).embeddings("paper")
    assert found.shape == (3, 1, 8)
    for label in range(3):
        mean = sum(embeddings[label]) / 4
        torch.testing.assert_close(found[label, 0], mean / mean.norm(), atol=1e-6, rtol=0)


def test_one_row_a_label_is_the_same_in_both_modes(tmp_path: Path) -> None:
    labels = read_labels(str(random_ram_plus.write_labels(tmp_path / "one.safetensors", NAMES)))
    assert torch.equal(labels.embeddings("paper"), labels.embeddings("upstream"))


def test_rows_that_names_do_not_divide_are_refused_with_both_numbers(tmp_path: Path) -> None:
    path = random_ram_plus.write_labels(tmp_path / "labels.safetensors", NAMES, descriptions=5)
    path.with_suffix(".txt").write_text("a\nb\nc\nd\n")
    with pytest.raises(ModelError, match=r"15 rows of label_embed for 4 names in .*labels\.txt"):
        read_labels(str(path)).embeddings("paper")


def test_rows_of_another_length_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.safetensors"
    rows = unit_rows(3, 8)
    rows[1] *= 1.5
    write_labels(path, NAMES, rows[:, None], {})
    with pytest.raises(ModelError, match=r"row 1 has length 1\.5, expected 1"):
        read_labels(str(path)).embeddings("paper")
    rows[1] = float("nan")
    write_labels(path, NAMES, rows[:, None], {})
    with pytest.raises(ModelError, match="row 1 has length nan"):
        read_labels(str(path)).embeddings("paper")


def test_rows_in_sixteen_bit_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "labels.safetensors"
    write_labels(path, NAMES, unit_rows(3, 1, 8).half(), {})
    assert read_labels(str(path)).embeddings("paper").dtype == torch.float32


def test_another_tensor_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.safetensors"
    save_file({"embeddings": torch.ones(3, 8)}, path)
    path.with_suffix(".txt").write_text("\n".join(NAMES))
    with pytest.raises(ModelError, match=r"expected the tensor label_embed \[rows, width\], found embeddings \[3, 8\]"):
        read_labels(str(path)).embeddings("paper")


def test_names_are_one_a_line_and_distinct(tmp_path: Path) -> None:
    labels = tmp_path / "labels.safetensors"
    names = labels.with_suffix(".txt")
    names.write_text("\ufeffcat\r\n dog \n", "utf-8")
    assert read_names(str(labels)) == ("cat", "dog")
    for content, said in (
        ("cat\n\ndog\n", "line 2 is empty"),
        ("", "line 1 is empty"),
        ("a\nb\na\n", "'a' occurs twi"),
    ):
        names.write_text(content)
        with pytest.raises(ModelError, match=f"labels.txt: .*{said}"):
            read_names(str(labels))
    names.unlink()
    with pytest.raises(WeightsError, match=r"labels\.txt"):
        read_names(str(labels))
    with pytest.raises(ModelError, match=r"ends in \.safetensors"):
        read_names(str(tmp_path / "labels.pt"))


def test_the_identity_changes_with_names_and_with_rows(tmp_path: Path) -> None:
    path = random_ram_plus.write_labels(tmp_path / "labels.safetensors", NAMES)
    before = read_labels(str(path)).identity()
    path.with_suffix(".txt").write_text("cat\nfire engine\nclock\n")
    renamed = read_labels(str(path)).identity()
    random_ram_plus.write_labels(path, NAMES, seed=1)
    changed = read_labels(str(path)).identity()
    assert renamed["names"] != before["names"] and renamed["embeddings"] == before["embeddings"]
    assert changed["names"] == before["names"] and changed["embeddings"] != before["embeddings"]
