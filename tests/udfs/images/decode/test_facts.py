"""What is known of an image without a model: hashes that others make of the same file, its format and its size."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import fields, replace

import imagehash
import pytest
from PIL import Image

from udfs import statuses
from udfs.images.decode.facts import Facts
from udfs.images.decode.policies import DEFAULT
from udfs.images.decode.preparation import prepare
from udfs.images.decode.preprocessing import Preprocessing
from udfs.schemas import FACTS

GREY = (0.5, 0.5, 0.5)
VIEWS = (Preprocessing((32, 32), "squash", "bilinear", GREY, GREY),)
BOTH = ("bytes", "look")
TURNED = 6  # the EXIF orientation of a camera held upright

Picture = Callable[..., bytes]


def phash(image: Image.Image) -> bytes:
    """The hash as the library writes it."""
    return bytes.fromhex(str(imagehash.phash(image.convert("RGB"))))


def test_fields_are_the_columns() -> None:
    assert [field.name for field in fields(Facts)] == FACTS.names


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("resize", ["pillow", "torchvision"])
def test_hashes_are_those_of_the_file_and_of_the_whole_image(picture: Picture, kind: str, resize: str) -> None:
    data = picture(3, (61, 40), kind)
    found = prepare(data, VIEWS, replace(DEFAULT, resize=resize), BOTH)
    assert found.status == statuses.OK
    look = phash(Image.open(io.BytesIO(data)))
    assert found.facts == Facts(hashlib.sha256(data).digest(), look, kind, 61, 40)


def test_the_same_picture_in_another_size_looks_the_same(picture: Picture) -> None:
    large, small, other = picture(3, (480, 400)), picture(3, (240, 200), "JPEG"), picture(4, (480, 400))
    looks = [prepare(data, VIEWS, DEFAULT, BOTH).facts.perceptual_hash for data in (large, small, other)]
    assert looks[0] == looks[1] != looks[2]


def test_a_turned_image_is_hashed_upright_and_measured_as_it_is_stored(picture: Picture) -> None:
    image, buffer = Image.open(io.BytesIO(picture(3, (61, 40)))), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = TURNED
    image.save(buffer, "JPEG", exif=exif, quality=95)
    facts = prepare(buffer.getvalue(), VIEWS, DEFAULT, BOTH).facts
    upright = Image.open(buffer).transpose(Image.Transpose.ROTATE_270)
    assert (facts.perceptual_hash, facts.width, facts.height) == (phash(upright), 61, 40)
    as_stored = prepare(buffer.getvalue(), VIEWS, replace(DEFAULT, exif_rotation=False), BOTH).facts
    assert as_stored.perceptual_hash == phash(Image.open(buffer))


def test_only_what_is_asked_for_is_made(picture: Picture) -> None:
    assert prepare(picture(3), VIEWS, DEFAULT).facts == Facts(None, None, "PNG", 48, 40)
    assert prepare(picture(3), VIEWS, DEFAULT, ("bytes",)).facts.perceptual_hash is None


def test_bytes_that_are_no_image_have_a_hash_too() -> None:
    found = prepare(b"<html>", VIEWS, DEFAULT, BOTH)
    assert found.status == statuses.NOT_AN_IMAGE
    assert found.facts == Facts(hashlib.sha256(b"<html>").digest())
