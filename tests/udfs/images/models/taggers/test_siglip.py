"""A SigLIP model (timm tower, its own text tower and tokenizer, logit bias) as tagger, embedder and classifier."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import clips
import pyarrow as pa
import pytest
import siglips
import torch

from udfs.images.models.clip_model import load_clip
from udfs.images.models.prompts import templates
from udfs.images.models.taggers import registry
from udfs.images.models.taggers.clip import OpenClipTagger
from udfs.images.zero_shot import EvaluateTask
from udfs.schemas import LOCATION
from udfs.setup_errors import ModelError

CPU = torch.device("cpu")
LABELS = ("cat", "fire_engine", "clock")


@pytest.fixture(scope="module")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Settings of a tagger with random weights and a tokenizer in a folder of its own."""
    folder = tmp_path_factory.mktemp("siglip")
    model = clips.save_clip(folder / "model", siglips.SIGLIP)
    return {"kind": "clip", "model": str(model), "tokenizer": str(siglips.save_tokenizer(folder / "tokenizer"))}


def build(settings: dict[str, object], **more: object) -> OpenClipTagger:
    tagger = registry.build({**settings, **more}, LABELS, CPU)
    assert isinstance(tagger, OpenClipTagger)
    return tagger


def test_towers_and_scores_are_those_of_open_clip(siglip: dict[str, object]) -> None:
    import open_clip

    tagger = build(siglip, prompts="simple")
    reference = open_clip.create_model(f"local-dir:{siglip['model']}").eval()
    pixels = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    # "a photo of a NAME." by hand: canonical, ended and filled up by </s>.
    texts = [[13, 3, 4, 13, *name, *[1] * (8 - len(name))] for name in ([5], [7, 8], [9])]
    with torch.no_grad():
        images = reference.encode_image(pixels.float() / 255 * 2 - 1, normalize=True)
        names = reference.encode_text(torch.tensor(texts), normalize=True)
        logits = reference.logit_scale.exp() * images.half().float() @ names.T + reference.logit_bias
    assert torch.allclose(tagger.clip.embed_images(pixels), images, atol=1e-6)
    assert torch.allclose(tagger.names.float(), names, atol=1e-6)
    assert tagger.bias == -10
    assert torch.allclose(tagger.scores(pixels), logits.sigmoid(), rtol=1e-4)


def test_the_activation_is_that_of_the_training_unless_it_is_named(siglip: dict[str, object], tiny_clip: Path) -> None:
    assert registry.tagger_identity(siglip)["activation"] == "sigmoid"
    assert registry.tagger_identity({**siglip, "activation": "softmax"})["activation"] == "softmax"
    assert registry.tagger_identity({"kind": "clip", "model": str(tiny_clip)})["activation"] == "softmax"
    assert build(siglip, prompts="class").activation == "sigmoid"


def test_prompts_are_averaged(siglip: dict[str, object]) -> None:
    both = build(siglip, prompts=["{}", "a drawing of a {}"]).names
    each = [build(siglip, prompts=[template]).names for template in ("{}", "a drawing of a {}")]
    mean = (each[0] + each[1]) / 2
    assert torch.allclose(both, mean / mean.norm(dim=1, keepdim=True), atol=1e-6)
    assert len(templates("ensemble")) == 80


def test_without_its_tokenizer_the_setting_is_named(siglip: dict[str, object]) -> None:
    bare = {key: value for key, value in siglip.items() if key != "tokenizer"}
    for use in (registry.tagger_identity, lambda settings: registry.build(settings, LABELS, CPU)):
        with pytest.raises(ModelError, match="name the first as `tokenizer`"):
            use(bare)
    with pytest.raises(ModelError, match="name the first as `tokenizer`"):
        weights = f"{bare['model']}/open_clip_model.safetensors"
        registry.tagger_identity({"kind": "clip", "model": "ViT-B-16-SigLIP", "weights": weights})


def test_an_embedder_needs_no_tokenizer_and_shares_the_model(siglip: dict[str, object]) -> None:
    embedder = {"model": siglip["model"]}
    assert registry.embedder_identity(embedder)["dimension"] == 64
    assert build(siglip, prompts="class").clip is load_clip(str(siglip["model"]), None)


def test_it_is_evaluated_with_its_tokenizer(
    siglip: dict[str, object], tmp_path: Path, picture: Callable[..., bytes]
) -> None:
    data = picture(1)
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        info = tarfile.TarInfo("0.png")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    place = {"layout": "tar", "offset": 512, "length": len(data), "row_group": None, "row": None}
    columns = [pa.array(["a.tar"]), pa.array(["0"]), pa.array(["cat"]), pa.array([place], LOCATION)]
    batch = pa.RecordBatch.from_arrays(columns, ["shard", "sample", "caption", "image"])
    model = {key: siglip[key] for key in ("model", "tokenizer")}
    task = EvaluateTask(str(tmp_path), model, LABELS, ("class", "simple"), device="cpu", batch_size=2)
    (found,) = task(iter([batch]))
    assert [(row["prompt"], row["status"]) for row in found.to_pylist()] == [("class", "ok"), ("simple", "ok")]
