"""`describe`: from lists and texts to the labels that RAM++ takes, with a tiny text tower."""

from __future__ import annotations

import json
from pathlib import Path

import clips
import open_clip
import pytest
import random_ram_plus
import tiny
import torch
import torch.nn.functional as F
from safetensors import safe_open

from jobs.cli import main
from udfs.images.models.ram_plus.labels import read_labels
from udfs.images.models.taggers import registry
from udfs.images.models.weights import weights_digest

TEXTS = {
    "dog": ["a dog barks", "four legs and a tail"],
    "cat": ["a cat sleeps", "whiskers " * 40],
    "new york": ["a large city", "skyscrapers at night"],
}


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose text tower takes a moment."""
    return clips.save_clip(tmp_path_factory.mktemp("clip") / "model")


def described(folder: Path, model: Path, texts: object, *options: str, names: tuple[str, ...] = tuple(TEXTS)) -> int:
    """The exit status of `describe` into folder/labels.safetensors."""
    (folder / "concepts.txt").write_text("\n".join(names).replace(" ", "_"))
    (folder / "texts.json").write_text(json.dumps(texts))
    settings = tiny.write_settings(folder, describe={"model": str(model), "device": "cpu"})
    files = ["--descriptions", str(folder / "texts.json"), "--output", str(folder / "labels.safetensors")]
    return main(["describe", str(settings), *files, *options])


def by_open_clip(model: Path, texts: list[str]) -> torch.Tensor:
    """Rows of length 1, by open_clip alone."""
    network = open_clip.create_model(f"local-dir:{model}").eval()
    tokens = open_clip.get_tokenizer(f"local-dir:{model}")(texts)
    with torch.inference_mode():
        return network.encode_text(tokens, normalize=True)


def header(path: Path) -> dict[str, object]:
    with safe_open(path, "pt") as file:
        found: dict[str, object] = json.loads(file.metadata()["conceptfreq"])
    return found


def test_every_text_is_a_row(tmp_path: Path, tiny_clip: Path) -> None:
    assert described(tmp_path, tiny_clip, TEXTS) == 0
    path = tmp_path / "labels.safetensors"
    labels = read_labels(str(path))
    assert labels.names == ("dog", "cat", "new_york")
    expected = by_open_clip(tiny_clip, [text for texts in TEXTS.values() for text in texts])
    torch.testing.assert_close(labels.embeddings("upstream").flatten(0, 1), expected, atol=1e-6, rtol=0)
    said = header(path)
    assert (said["descriptions"], said["rows"], said["texts"], said["plain"]) == (2, "texts", [2], 0)
    assert said["source"] == weights_digest(str(tmp_path / "texts.json"))
    model = said["model"]
    assert isinstance(model, dict)
    assert model["weights"] == weights_digest(str(tiny_clip / "open_clip_model.safetensors"))


def test_the_mean_is_what_mode_paper_makes_of_the_rows(tmp_path: Path, tiny_clip: Path) -> None:
    assert described(tmp_path, tiny_clip, TEXTS) == 0
    path = tmp_path / "labels.safetensors"
    of_rows = read_labels(str(path)).embeddings("paper")
    assert described(tmp_path, tiny_clip, TEXTS, "--mean") == 0
    means = read_labels(str(path)).embeddings("upstream")
    assert means.shape == (3, 1, 32) and header(path)["rows"] == "means"
    torch.testing.assert_close(means, of_rows, atol=1e-6, rtol=0)


def test_ragged_lists_become_means_and_it_is_said(
    tmp_path: Path, tiny_clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    ragged = {**TEXTS, "dog": ["a dog barks", "four legs and a tail", "man's best friend"]}
    assert described(tmp_path, tiny_clip, ragged) == 0
    assert "concepts have 2 to 3 texts: the mean of each is kept" in caplog.text
    path = tmp_path / "labels.safetensors"
    rows = by_open_clip(tiny_clip, ragged["dog"])
    found = read_labels(str(path)).embeddings("upstream")
    torch.testing.assert_close(found[0, 0], F.normalize(rows.mean(dim=0), dim=-1), atol=1e-6, rtol=0)
    said = header(path)
    assert (said["descriptions"], said["rows"], said["texts"]) == (1, "means", [2, 3])


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, tiny_clip: Path) -> None:
    path = tmp_path / "labels.safetensors"
    contents = []
    for _ in range(2):
        assert described(tmp_path, tiny_clip, TEXTS) == 0
        contents.append((path.read_bytes(), path.with_suffix(".txt").read_bytes()))
    assert contents[0] == contents[1]


def test_ram_plus_takes_what_describe_writes(tmp_path: Path, tiny_clip: Path) -> None:
    assert described(tmp_path, tiny_clip, TEXTS) == 0
    weights = random_ram_plus.write_checkpoint(tmp_path / "ram_plus.pth")
    config = {"kind": "ram_plus", "weights": str(weights), "labels": str(tmp_path / "labels.safetensors")}
    tagger = registry.build(config, (), torch.device("cpu"))
    assert tagger.labels == ("dog", "cat", "new_york")
    assert tagger.scores(torch.zeros(2, 3, 64, 64, dtype=torch.uint8)).shape == (2, 3)


def test_what_is_missing_ends_with_2(tmp_path: Path, tiny_clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert described(tmp_path, tiny_clip, {"dog": ["a dog"]}) == 2
    assert "describes 1 of 3 concepts, but not cat, new_york" in caplog.text
    assert not (tmp_path / "labels.safetensors").exists()
    assert described(tmp_path, tiny_clip, {"dog": ["a dog"]}, "--plain") == 0
    assert described(tmp_path, Path("ViT-B-16-quickgelu"), TEXTS) == 2
    assert "describe: model ViT-B-16-quickgelu: no weights are named, and nothing is downloaded" in caplog.text
    assert described(tmp_path, tiny_clip, TEXTS, "--output", str(tmp_path / "labels.pt")) == 2
    assert "labels.pt: expected a file that ends in .safetensors" in caplog.text
    assert described(tmp_path, tiny_clip, TEXTS, "--set", "describe.device=cuda:7") == 2
    assert described(tmp_path, tiny_clip, TEXTS, "--set", "describe=null") == 2
    assert "describing needs the section 'describe'" in caplog.text
