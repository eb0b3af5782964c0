"""The network computes what the original does, and labels do not know of one another."""

from __future__ import annotations

import pytest
import random_ram_plus
import torch
import torch.nn.functional as F

from udfs.images.models.ram_plus import network as network_module
from udfs.images.models.ram_plus.checkpoint import build_network
from udfs.images.models.ram_plus.head import reweighted
from udfs.images.models.ram_plus.network import LabelledRamPlus, RamPlusNetwork
from udfs.images.models.ram_plus.sizes import HEADS, SWIN_LARGE, read_sizes

State = dict[str, torch.Tensor]


def tiny(descriptions: int = 1, labels: int = 7) -> LabelledRamPlus:
    """A network with random weights that differ more than those of a training's start."""
    state = {name: tensor * 5 for name, tensor in random_ram_plus.random_state(random_ram_plus.TINY).items()}
    rows = torch.randn(labels, descriptions, random_ram_plus.TINY.joint, generator=torch.Generator().manual_seed(1))
    return LabelledRamPlus(build_network(state, None, "tiny"), F.normalize(rows, dim=-1))


def images(count: int) -> torch.Tensor:
    return torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(2))


@torch.inference_mode()
def test_tokens_are_those_of_the_original(network: RamPlusNetwork, expected: State) -> None:
    pixels = expected["pixel_values"]
    torch.testing.assert_close(network.features(pixels)[:, :8], expected["visual_first8"], atol=1e-4, rtol=0)
    tokens = network.tokens(pixels)
    assert tokens.shape == (4, 1 + 7 * 7, 512)
    torch.testing.assert_close(tokens[:, :8], expected["tokens_first8"], atol=1e-4, rtol=0)
    torch.testing.assert_close(tokens[:, 0], expected["cls_token"], atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", ["multi", "mean"])
@torch.inference_mode()
def test_logits_are_those_of_the_original(network: RamPlusNetwork, expected: State, state: State, kind: str) -> None:
    embeddings = state["label_embed"].view(30, 51, 512)
    if kind == "mean":
        embeddings = F.normalize(embeddings.mean(dim=1, keepdim=True), dim=-1)
    logits = LabelledRamPlus(network, embeddings).logits(expected["pixel_values"])
    torch.testing.assert_close(logits, expected[f"logits_{kind}"], atol=1e-4, rtol=0)
    torch.testing.assert_close(logits.sigmoid(), expected[f"probs_{kind}"], atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", ["multi", "mean"])
@torch.inference_mode()
def test_half_precision_moves_no_probability_by_more_than_2e3(
    network: RamPlusNetwork, expected: State, state: State, kind: str
) -> None:
    """Measured on a CPU under autocast: logits 0.009, probabilities 0.0014."""
    embeddings = state["label_embed"].view(30, 51, 512)
    if kind == "mean":
        embeddings = F.normalize(embeddings.mean(dim=1, keepdim=True), dim=-1)
    labelled = LabelledRamPlus(network, embeddings)
    with torch.autocast("cpu", torch.float16):
        logits = labelled.logits(expected["pixel_values"])
    assert logits.dtype == torch.float16
    torch.testing.assert_close(logits.float().sigmoid(), expected[f"probs_{kind}"], atol=2e-3, rtol=0)


@pytest.mark.parametrize("descriptions", [1, 3])
@torch.inference_mode()
def test_images_and_labels_do_not_depend_on_one_another(descriptions: int, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled, pixels = tiny(descriptions), images(5)
    whole = labelled.logits(pixels)
    assert whole.std() > 0.01
    alone = torch.cat([labelled.logits(one[None]) for one in pixels])
    torch.testing.assert_close(alone, whole, atol=1e-5, rtol=0)
    order = torch.tensor([4, 2, 0, 6, 1, 5, 3])
    torch.testing.assert_close(
        LabelledRamPlus(labelled.network, labelled.embeddings[order]).logits(pixels), whole[:, order], atol=1e-5, rtol=0
    )
    # Three labels at a time: the last part has one.
    monkeypatch.setattr(network_module, "WIDEST", 3 * 5 * random_ram_plus.TINY.inner)
    torch.testing.assert_close(labelled.logits(pixels), whole, atol=1e-5, rtol=0)


@torch.inference_mode()
def test_one_description_needs_no_reweighting() -> None:
    one, pixels = tiny(), images(3)
    twice = LabelledRamPlus(one.network, one.embeddings.expand(-1, 2, -1))
    torch.testing.assert_close(twice.logits(pixels), one.logits(pixels), atol=1e-5, rtol=0)
    again = reweighted(torch.randn(3, 32), one.embeddings, torch.tensor(3.5))
    torch.testing.assert_close(again, one.embeddings.transpose(0, 1).expand(3, -1, -1))


@torch.inference_mode()
def test_descriptions_are_weighted_by_how_well_they_fit_the_image() -> None:
    """The formulas of the specification, image by image and label by label."""
    generator = torch.Generator().manual_seed(3)
    seen, log_scale = torch.randn(2, 6, generator=generator), torch.tensor(1.5)
    embeddings = F.normalize(torch.randn(4, 3, 6, generator=generator), dim=-1)
    found = reweighted(seen, embeddings, log_scale)
    for image in range(2):
        for label in range(4):
            cosines = [float(seen[image] @ row / seen[image].norm()) for row in embeddings[label]]
            weights = torch.softmax(torch.tensor(cosines) * log_scale.exp(), dim=0)
            torch.testing.assert_close(found[image, label], weights @ embeddings[label], atol=1e-6, rtol=0)


@torch.inference_mode()
def test_queries_of_single_descriptions_are_computed_once_in_each_precision() -> None:
    labelled, pixels = tiny(), images(2)
    calls = []
    labelled.network.head.vector.register_forward_hook(lambda *_: calls.append(1))
    exact = labelled.logits(pixels)
    labelled.logits(pixels)
    assert len(calls) == 1
    for _ in range(2):
        with torch.autocast("cpu", torch.bfloat16):
            lowered = labelled.logits(pixels)
    assert len(calls) == 2 and set(labelled.kept) == {torch.float32, torch.bfloat16}
    assert labelled.kept[torch.bfloat16].queries.dtype == torch.bfloat16
    assert lowered.dtype == torch.bfloat16
    torch.testing.assert_close(lowered.float(), exact, atol=0.1, rtol=0)
    torch.testing.assert_close(labelled.logits(pixels), exact, atol=0, rtol=0)


@torch.inference_mode()
def test_a_multiple_of_the_size_is_taken() -> None:
    state = random_ram_plus.random_state(random_ram_plus.TINY)
    larger = build_network(state, 128, "tiny")
    assert larger.tokens(torch.zeros(1, 3, 128, 128)).shape == (1, 1 + 16, 32)


def test_the_published_network_has_the_published_size() -> None:
    with torch.device("meta"):
        published = RamPlusNetwork(SWIN_LARGE, SWIN_LARGE.image)
    # Of the checkpoint's 402 tensors, 35 are derived and one holds the labels.
    assert SWIN_LARGE.image == 384 and len(published.state_dict()) == 402 - 36
    assert sum(tensor.numel() for tensor in published.visual.parameters()) == pytest.approx(195.2e6, rel=1e-3)
    assert published.tokens(torch.zeros(2, 3, 384, 384, device="meta")).shape == (2, 145, 512)


def test_sizes_are_read_off_the_tensors(state: State) -> None:
    sizes = read_sizes(state, "golden")
    assert (sizes.embed, sizes.depths, sizes.heads, sizes.window) == (32, (2, 2, 2, 2), (1, 2, 4, 8), 7)
    assert (sizes.joint, sizes.hidden, sizes.inner, sizes.layers) == (512, 192, 768, 2)
    assert sizes.image == 224 and sizes.width == 256 and HEADS == 4
    tiny_state = random_ram_plus.random_state(random_ram_plus.TINY)
    assert read_sizes(tiny_state, "tiny") == random_ram_plus.TINY
