"""A CLIP model as zero-shot tagger and as embedder, from local files only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from udfs.images.decode.decoding import decode
from udfs.images.models import clip_model
from udfs.images.models.clip_model import load_clip
from udfs.images.models.embeddings import decode_embeddings, encode_embedding
from udfs.images.models.prompts import templates
from udfs.images.models.taggers import registry
from udfs.images.models.taggers.clip import OpenClipTagger
from udfs.setup_errors import ModelError, WeightsError

CPU = torch.device("cpu")
LABELS = ("cat", "fire_engine", "clock")


def settings(folder: Path, **more: object) -> dict[str, object]:
    return {"kind": "clip", "model": str(folder), "prompts": "simple", **more}


def pixels(model: clip_model.ClipModel, picture: Callable[..., bytes], count: int) -> torch.Tensor:
    images = [decode(picture(seed)).image for seed in range(count)]
    return torch.stack([model.preprocessing.pixels(image) for image in images])


def test_embeddings_are_those_of_open_clip(tiny_clip: Path, picture: Callable[..., bytes]) -> None:
    import open_clip

    model = load_clip(str(tiny_clip), None)
    reference = open_clip.create_model(f"local-dir:{tiny_clip}").eval()
    batch = pixels(model, picture, 3)
    with torch.no_grad():
        images = reference.encode_image(batch.float() / 255 * 2 - 1, normalize=True)
        tokens = open_clip.get_tokenizer(f"local-dir:{tiny_clip}")(["a photo of a fire engine."])
        text = reference.encode_text(tokens, normalize=True)
    assert torch.allclose(model.embed_images(batch), images, atol=1e-6)
    assert torch.allclose(model.embed_texts(["fire_engine"], ("a photo of a {}.",)), text, atol=1e-6)
    assert model.dimension == 32
    assert model.logit_scale == pytest.approx(1 / 0.07, rel=1e-4)


def test_several_templates_are_averaged_and_normalised(tiny_clip: Path) -> None:
    model = load_clip(str(tiny_clip), None)
    both = model.embed_texts(LABELS, ("{}", "a drawing of a {}"))
    each = [model.embed_texts(LABELS, (template,)) for template in ("{}", "a drawing of a {}")]
    mean = (each[0] + each[1]) / 2
    assert torch.allclose(both, mean / mean.norm(dim=1, keepdim=True), atol=1e-6)


def test_scores_are_a_softmax_over_the_names_or_sigmoids(tiny_clip: Path, picture: Callable[..., bytes]) -> None:
    softmax = registry.build(settings(tiny_clip), LABELS, CPU)
    sigmoid = registry.build(settings(tiny_clip, activation="sigmoid"), LABELS, CPU)
    model = load_clip(str(tiny_clip), None)
    batch = pixels(model, picture, 2)
    stored = model.embed_images(batch).half().float()
    logits = model.logit_scale * stored @ model.embed_texts(LABELS, templates("simple")).T
    assert torch.allclose(softmax.scores(batch), logits.softmax(-1), atol=1e-6)
    assert torch.allclose(sigmoid.scores(batch), logits.sigmoid(), atol=1e-6)
    assert softmax.labels == LABELS


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_a_stored_embedding_gives_the_scores_of_its_image(
    tiny_clip: Path, picture: Callable[..., bytes], activation: str
) -> None:
    tagger = registry.build(settings(tiny_clip, activation=activation), LABELS, CPU)
    assert isinstance(tagger, OpenClipTagger)
    batch = pixels(tagger.clip, picture, 8)
    scores = tagger.scores(batch)
    rows = [encode_embedding(row) for row in tagger.embeddings(batch)]
    stored = torch.from_numpy(decode_embeddings(rows, 32))
    assert torch.equal(tagger.scores_of(stored), scores)
    for at in range(8):
        assert torch.equal(tagger.scores_of(stored[at:]), scores[at:]), "a score hangs on how many are scored"
    many = torch.cat([stored] * 9)
    assert torch.equal(tagger.scores_of(many), torch.cat([scores] * 9))


def test_prompts() -> None:
    assert templates("class") == ("{}",)
    assert templates("simple") == ("a photo of a {}.",)
    assert len(templates("ensemble")) == 80 and all(one.count("{}") == 1 for one in templates("ensemble"))
    assert templates(["my {}"]) == ("my {}",)
    for wrong in ("poem", [], ["no place"], ["{} {}"]):
        with pytest.raises(ModelError, match="prompts"):
            templates(wrong)


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("size", [(2000, 8), (1, 1000), (1, 1)])
def test_extreme_shapes_survive_preprocessing(tiny_clip: Path, mode: str, size: tuple[int, int]) -> None:
    model = load_clip(str(tiny_clip), None, preprocessing={"resize_mode": mode})
    assert model.preprocessing.pixels(torch.zeros((3, *size), dtype=torch.uint8)).shape == (3, 32, 32)


def test_nothing_is_downloaded(tiny_clip: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="'openai'.*download the file"):
        load_clip("ViT-B-32", "openai")
    with pytest.raises(ModelError, match="no weights are named"):
        load_clip("ViT-B-32", None)
    with pytest.raises(ModelError, match="hub.*name its folder"):
        registry.tagger_identity({"kind": "clip", "model": "hf-hub:some/model"})
    with pytest.raises(ModelError, match="neither a name that open_clip knows nor a folder"):
        registry.embedder_identity({"model": "ViT-Z-99", "weights": "x"})


def test_a_tokenizer_from_a_hub_is_refused(tiny_clip: Path, tmp_path: Path) -> None:
    folder = changed(tiny_clip, tmp_path, hf_tokenizer_name="some/tokenizer")
    with pytest.raises(ModelError, match="tokenizer 'some/tokenizer' comes from a hub"):
        registry.build(settings(folder), LABELS, CPU)
    folder = changed(tiny_clip, tmp_path, hf_model_name="some/bert")
    with pytest.raises(ModelError, match="text tower 'some/bert' comes from a hub"):
        load_clip(str(folder), None)


def test_weights_that_do_not_fit_are_refused_by_name(tiny_clip: Path, tmp_path: Path) -> None:
    folder = changed(tiny_clip, tmp_path, layers=3)
    with pytest.raises(ModelError, match=r"(?s)do not fit.*transformer\.resblocks\.2"):
        load_clip(str(folder), None)


def test_a_model_is_loaded_once(tiny_clip: Path) -> None:
    tagger = registry.build(settings(tiny_clip), LABELS, CPU)
    named = load_clip(str(tiny_clip), f"{tiny_clip}/open_clip_model.safetensors")
    assert tagger.clip is named  # type: ignore[attr-defined]


def test_the_identity_follows_the_content_and_not_the_place(tiny_clip: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(tiny_clip, tmp_path / "moved")
    here = registry.tagger_identity(settings(tiny_clip))
    assert here == registry.tagger_identity(settings(moved))
    assert here["dimension"] == 32
    assert here != registry.tagger_identity(settings(tiny_clip, prompts="class"))
    assert here != registry.tagger_identity(settings(tiny_clip, activation="sigmoid"))
    embedder = {"model": str(tiny_clip)}
    raw = registry.embedder_identity({**embedder, "normalize": False})
    assert registry.embedder_identity(embedder) != raw


def changed(folder: Path, tmp_path: Path, **text: object) -> Path:
    target = tmp_path / "_".join(text)
    shutil.copytree(folder, target)
    path = target / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"]["text_cfg"].update(text)
    path.write_text(json.dumps(config))
    return target
