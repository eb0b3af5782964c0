"""A few steps of training on a small corpus: what is saved is an ordinary checkpoint, and a seed decides it."""

from __future__ import annotations

import io
import logging
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from jobs.loop.pairs import Pairs, load_pairs
from jobs.loop.train import MEAN, Training, contrastive_loss, train
from jobs.loop.truth import Truth
from udfs.images.models.clip_model import load_clip

BRIEF = Training(steps=5, batch=16)
Drawn = tuple[Path, Truth]


@pytest.fixture(scope="module")
def trained(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    train(drawn[0] / "corpus", folder, BRIEF)
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "open_clip_model.safetensors")


def test_pairs_are_the_corpus_in_order(drawn: Drawn) -> None:
    folder, truth = drawn
    pairs = load_pairs(folder / "corpus", 32)
    assert list(pairs.captions) == truth.samples.caption.tolist()
    assert pairs.pixels.shape == (len(pairs.captions), 3, 32, 32)
    with tarfile.open(folder / "corpus" / "00000.tar") as archive:
        image = Image.open(io.BytesIO(archive.extractfile("000000000.jpg").read()))  # type: ignore[union-attr]
    assert bytes(pairs.pixels[0].permute(1, 2, 0).numpy()) == image.tobytes()


def test_open_clip_loads_the_checkpoint_offline(trained: Path, drawn: Drawn) -> None:
    import open_clip

    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{trained}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{trained}")
    tokens = tokenizer(["a photo of a star", "a star " * 20])
    assert tokens.shape == (2, 16)
    model.eval()
    saved = weights(trained)
    assert all(torch.equal(tensor, saved[name]) for name, tensor in model.state_dict().items())
    assert sum(one.numel() for one in model.parameters()) == 4_595_161
    with torch.no_grad():
        ours = load_clip(str(trained), None)
        assert torch.allclose(model.encode_text(tokens[:1], normalize=True), ours.embed_texts(["a photo of a star"]))


def test_inference_sees_what_training_saw(trained: Path, drawn: Drawn) -> None:
    clip = load_clip(str(trained), None)
    pixels = load_pairs(drawn[0] / "corpus", 32).pixels[:1]
    seen = clip.preprocessing.normalised(clip.preprocessing.pixels(pixels[0])[None])
    assert torch.allclose(seen, (pixels / 255 - MEAN[0]) / 0.5, atol=1e-6)


def test_a_larger_image_is_cut_as_at_inference(trained: Path, tmp_path: Path) -> None:
    noise = torch.randint(0, 256, (3, 50, 90), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    image = Image.fromarray(noise.permute(1, 2, 0).numpy())
    body = io.BytesIO()
    image.save(body, format="PNG")
    with tarfile.open(tmp_path / "00000.tar", "w") as archive:
        for name, data in (("a.png", body.getvalue()), ("a.txt", b"noise")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    pixels = load_pairs(tmp_path, 32).pixels[0]
    assert torch.equal(load_clip(str(trained), None).preprocessing.pixels(noise), pixels)


def test_a_seed_decides_the_weights(drawn: Drawn, trained: Path, tmp_path: Path) -> None:
    torch.manual_seed(99)
    state = torch.get_rng_state()
    train(drawn[0] / "corpus", tmp_path / "again", BRIEF)
    assert torch.equal(torch.get_rng_state(), state), "the caller's random state is left alone"
    train(drawn[0] / "corpus", tmp_path / "other", Training(steps=5, batch=16, seed=1))
    first, again, other = weights(trained), weights(tmp_path / "again"), weights(tmp_path / "other")
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["logit_scale"], other["logit_scale"])


def test_training_lowers_the_loss(drawn: Drawn, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "jobs.core.progress")
    pairs = load_pairs(drawn[0] / "corpus", 32)
    train(pairs, tmp_path, Training(steps=100, batch=32, warmup=5))
    lines = [record.getMessage() for record in caplog.records]
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in lines if "loss " in line]
    assert losses[1] < losses[0] < 3.4, "the logarithm of the batch's 32 pairs is 3.47"


def test_an_equal_caption_is_no_negative() -> None:
    image = torch.eye(3)
    text = torch.eye(3)[[0, 0, 1]]
    scale = torch.tensor(10.0)
    apart = contrastive_loss(image, text, scale, torch.tensor([0, 1, 2]))
    alike = contrastive_loss(image, text, scale, torch.tensor([0, 0, 2]))
    pair = contrastive_loss(image[:1], text[:1], scale, torch.tensor([0]))
    assert alike < apart
    assert pair == 0


def test_a_folder_without_shards_or_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no webdataset shard"):
        train(tmp_path, tmp_path / "model", BRIEF)
    tarfile.open(tmp_path / "00000.tar", "w").close()
    with pytest.raises(ValueError, match="none of its 0 images"):
        train(tmp_path, tmp_path / "model", BRIEF)


def test_a_corpus_smaller_than_a_batch_is_one_batch(tmp_path: Path) -> None:
    pixels = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    train(Pairs(pixels, ("a", "b", "c", "d")), tmp_path, Training(steps=2))
    assert torch.isfinite(weights(tmp_path)["visual.attnpool.c_proj.weight"]).all()


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"image_size": 40}])
def test_a_training_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Training(**wrong)
