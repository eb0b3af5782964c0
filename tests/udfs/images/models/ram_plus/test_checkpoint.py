"""A checkpoint fits by name and shape, or is refused by the name in the file."""

from __future__ import annotations

import pytest
import random_ram_plus
import torch

from udfs.images.models.ram_plus.checkpoint import build_network, original_name
from udfs.images.models.ram_plus.network import RamPlusNetwork
from udfs.images.models.ram_plus.sizes import read_sizes
from udfs.setup_errors import ModelError

State = dict[str, torch.Tensor]
QUERY = "tagging_head.encoder.layer.1.crossattention.self.query.weight"


@pytest.fixture
def tiny() -> State:
    return random_ram_plus.random_state(random_ram_plus.TINY)


def test_every_tensor_of_the_original_has_its_place(state: State) -> None:
    with torch.device("meta"):
        used = {original_name(name) for name in RamPlusNetwork(read_sizes(state, "golden"), 224).state_dict()}
    left = {name for name in state if name not in used}
    derived = ("relative_position_index", "attn_mask")
    assert {name for name in left if not name.endswith(derived)} == {"label_embed"}
    assert used < set(state)


def test_the_head_may_have_its_older_name_and_unknown_tensors_are_left_alone(tiny: State) -> None:
    older = {name.replace("tagging_head", "vision_multi"): tensor for name, tensor in tiny.items()}
    older["text_decoder.bert.weight"] = torch.zeros(3)
    ours = build_network(older, None, "older").state_dict()
    for name, tensor in build_network(tiny, None, "newer").state_dict().items():
        assert torch.equal(ours[name], tensor)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (QUERY, f"w.pth do not fit: {QUERY} missing"),
        ("visual_encoder.layers.0.downsample.norm.bias", r"visual_encoder\.layers\.0\.downsample\.norm\.bias missing"),
        ("visual_encoder.norm.weight", r"visual_encoder\.norm\.weight missing"),
        ("visual_encoder.patch_embed.proj.weight", r"visual_encoder\.patch_embed\.proj\.weight is missing"),
        ("wordvec_proj.weight", r"wordvec_proj\.weight is missing; expected the checkpoint of RAM\+\+"),
        ("reweight_scale", "reweight_scale missing"),
    ],
)
def test_a_missing_tensor_is_named(tiny: State, missing: str, said: str) -> None:
    del tiny[missing]
    with pytest.raises(ModelError, match=said):
        build_network(tiny, None, "w.pth")


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        (QUERY, (24, 23), rf"{QUERY} is \(24, 23\), expected \(24, 24\)"),
        ("fc.bias", (2,), r"fc\.bias is \(2,\), expected \(1,\)"),
        ("image_proj.weight", (32, 63), r"image_proj\.weight is \(32, 63\), expected \(32, 64\)"),
        ("wordvec_proj.weight", (26, 32), "26 wide, which 4 heads do not divide"),
        ("wordvec_proj.weight", (24,), r"wordvec_proj\.weight is \(24,\), expected 2 dimensions"),
        ("visual_encoder.layers.0.blocks.0.attn.relative_position_bias_table", (8, 1), "8 rows"),
        (
            "visual_encoder.layers.2.blocks.1.attn.relative_position_bias_table",
            (25, 4),
            r"layers\.2\.blocks\.1\.attn\.relative_position_bias_table is \(25, 4\), expected \(9, 4\)",
        ),
    ],
)
def test_another_shape_is_named(tiny: State, name: str, shape: tuple[int, ...], said: str) -> None:
    tiny[name] = torch.zeros(shape)
    with pytest.raises(ModelError, match=said):
        build_network(tiny, None, "w.pth")


@pytest.mark.parametrize("size", [32, 96, 100, 0])
def test_a_size_that_windows_do_not_fill_is_refused(tiny: State, size: int) -> None:
    with pytest.raises(
        ModelError, match=f"size {size}: these weights take images with sides of 64 pixels, or a multiple"
    ):
        build_network(tiny, size, "w.pth")


def test_what_is_no_ram_plus_is_refused() -> None:
    with pytest.raises(ModelError, match="is missing; expected the checkpoint of RAM"):
        build_network({"conv_stem.weight": torch.zeros(1)}, None, "other.pth")
