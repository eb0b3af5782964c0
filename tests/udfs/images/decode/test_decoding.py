"""Every sequence of bytes ends in a picture or a status, under the policy that was asked for."""

from __future__ import annotations

import csv
import io
import random
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile, ImageOps
from torchvision.transforms.v2.functional import pil_to_tensor

from udfs import statuses
from udfs.images.decode.decoding import decode
from udfs.images.decode.policies import DEFAULT, PAPER, ImagePolicy


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pixel(data: bytes, policy: ImagePolicy = DEFAULT, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    return tuple(decoded(data, policy)[:, at[1], at[0]].tolist())


def decoded(data: bytes, policy: ImagePolicy) -> torch.Tensor:
    """The pixels, by whichever library the policy has them."""
    found = decode(data, policy)
    assert found.image is not None, found
    assert isinstance(found.image, Image.Image) == (policy.resize == "pillow")
    pixels = pil_to_tensor(found.image) if isinstance(found.image, Image.Image) else found.image
    assert pixels.dtype == torch.uint8 and pixels.shape[0] == 3
    return pixels


def faults(shared: Path) -> dict[str, bytes]:
    with tarfile.open(shared / "corpora/faults/00000.tar") as tar:
        images = [one for one in tar if one.isreg() and one.name.endswith((".jpg", ".png", ".gif", ".webp"))]
        return {one.name.rpartition(".")[0]: tar.extractfile(one).read() for one in images}  # type: ignore[union-attr]


def test_hostile_images_end_as_the_manifest_says(shared: Path) -> None:
    content = faults(shared)
    with (shared / "corpora/faults/MANIFEST.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["file"] == "00000.tar" and row["key"] in content]
    assert len(rows) >= 25
    for row in rows:
        status = decode(content[row["key"]]).status
        if row["expected"].startswith("accept"):
            assert status == statuses.OK, row
        elif row["expected"] == "reject-image":
            assert status != statuses.OK, row
        assert status in statuses.ALL


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("000000001", statuses.TRUNCATED_IMAGE),
        ("000000003", statuses.NOT_AN_IMAGE),
        ("000000004", statuses.EMPTY_IMAGE),
        ("000000005", statuses.TOO_LARGE),
        ("000000006", statuses.TOO_LARGE),
    ],
)
def test_each_reject_has_its_reason(shared: Path, key: str, status: str) -> None:
    found = decode(faults(shared)[key])
    assert (found.image, found.status) == (None, status)
    assert found.detail


def test_exif_rotation_is_applied_by_default_and_not_by_the_paper(shared: Path) -> None:
    data = faults(shared)["000000014"]
    assert decoded(data, DEFAULT).shape == (3, 160, 120)
    assert decoded(data, PAPER).shape == (3, 120, 160)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_turns_it(orientation: int) -> None:
    picture = Image.fromarray(np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(picture, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    for policy in (DEFAULT, ImagePolicy(resize="pillow")):
        assert np.array_equal(decoded(data, policy).permute(1, 2, 0), np.asarray(expected.convert("RGB")))


def test_transparency_is_composited_on_white_or_dropped() -> None:
    clear_red = saved(Image.new("RGBA", (4, 4), (200, 0, 0, 0)), "PNG")
    assert pixel(clear_red) == (255, 255, 255)
    assert pixel(clear_red, PAPER) == (200, 0, 0)
    half = saved(Image.new("LA", (4, 4), (0, 128)), "PNG")
    assert pixel(half) == (127, 127, 127)


def test_a_palette_with_a_transparent_colour_is_composited() -> None:
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert pixel(saved(palette, "PNG", transparency=1)) == (255, 255, 255)
    assert pixel(saved(palette, "PNG", transparency=0)) == (40, 50, 60)
    assert pixel(saved(palette, "PNG", transparency=1), ImagePolicy(alpha="drop")) == (40, 50, 60)


def test_sixteen_bit_is_scaled_and_not_clipped_to_white() -> None:
    grey = saved(Image.fromarray(np.full((4, 4), 0x8012, np.uint16)), "PNG")
    assert pixel(grey) == (128, 128, 128)
    assert pixel(grey, ImagePolicy(sixteen_bit="clip")) == (255, 255, 255)


def test_a_float_tiff_is_stretched() -> None:
    data = saved(Image.fromarray(np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4)), "TIFF")
    assert pixel(data) == (0, 0, 0)
    assert pixel(data, at=(3, 3)) == (255, 255, 255)


def test_cmyk_becomes_rgb(shared: Path) -> None:
    red = saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")
    found = pixel(red)
    assert found[0] > 240 and max(found[1:]) < 15


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert pixel(data) == (255, 0, 0), kind


def test_a_cut_image_is_padded_only_where_asked(picture: Callable[..., bytes]) -> None:
    data = picture(1, (200, 200), "JPEG")
    cut = data[: len(data) // 2]
    assert decode(cut).status == statuses.TRUNCATED_IMAGE
    padded = decode(cut, ImagePolicy(truncated="pad"))
    assert padded.image is not None and padded.image.shape == (3, 200, 200)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES, "Pillow's switch must be put back"
    assert decode(cut).status == statuses.TRUNCATED_IMAGE


def test_limits_are_checked_before_a_pixel_is_decoded(
    picture: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: object) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", never)
    data = picture(1, (100, 10))
    for policy in (ImagePolicy(max_pixels=999), ImagePolicy(max_bytes=50), ImagePolicy(max_aspect=9.9)):
        assert decode(data, policy).status == statuses.TOO_LARGE


def test_limits_are_inclusive_and_may_be_above_pillows() -> None:
    data = saved(Image.new("1", (10_000, 10_000)), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(data, ImagePolicy(max_pixels=99_999_999)).status == statuses.TOO_LARGE
        assert decode(data, ImagePolicy(max_pixels=100_000_000)).status == statuses.OK


def test_content_decides_and_not_other_formats() -> None:
    assert decode(saved(Image.new("RGB", (4, 4)), "PPM")).status == statuses.NOT_AN_IMAGE
    assert decode(b"%PDF-1.7 and so on").status == statuses.NOT_AN_IMAGE
    assert decode(saved(Image.new("RGB", (4, 4)), "MPO")).status == statuses.OK


def test_broken_exif_does_not_cost_the_image(picture: Callable[..., bytes]) -> None:
    image = Image.open(io.BytesIO(picture(3)))
    data = saved(image, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff garbage")
    assert decode(data).status == statuses.OK


def test_memory_that_runs_out_is_a_status(picture: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", exhausted)
    assert decode(picture(1)).status == statuses.DECODE_ERROR


def test_fuzzed_images_all_end_in_a_status(picture: Callable[..., bytes]) -> None:
    random_ = random.Random(5)
    seen: set[str] = set()
    policies = (DEFAULT, PAPER, ImagePolicy(truncated="pad"))
    for number in range(300):
        kind = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")[number % 6]
        data = bytearray(picture(number, kind=kind))
        if number % 3 == 0:
            data = data[: random_.randrange(len(data))]
        for _ in range(number % 7):
            if data:
                data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
        found = decode(bytes(data), policies[number % 3])
        assert (found.image is None) == (found.status != statuses.OK)
        assert found.status in statuses.ALL
        seen.add(found.status)
    assert {statuses.OK, statuses.TRUNCATED_IMAGE, statuses.DECODE_ERROR} <= seen


def test_a_policy_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="alpha.*black"):
        ImagePolicy(alpha="black")  # type: ignore[arg-type]
