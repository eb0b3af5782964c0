"""What is known of an image without a model: its format, its size, and the hashes that are asked for.

Images with one sha256 are the same file. Images with one perceptual hash look alike: the same picture in another format
or size has the same hash or one that differs in a few of its 64 bits, and only equal hashes are taken for alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from udfs.images.decode.preprocessing import Picture

Hash = Literal["bytes", "look"]


@dataclass(frozen=True)
class Facts:
    """The columns FACTS of an image; None is not known or was not asked for.

    sha256: of the bytes as they are stored, whether or not they are an image. perceptual_hash: 8 bytes, the first bit
    highest. format (Pillow's name), width and height: of a decoded image, in pixels as they are stored.
    """

    sha256: bytes | None = None
    perceptual_hash: bytes | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None


def sha256(data: bytes, asked: Collection[Hash]) -> bytes | None:
    """The sha256 of an image's bytes, if it is asked for."""
    return hashlib.sha256(data).digest() if "bytes" in asked else None


def perceptual_hash(image: Picture, asked: Collection[Hash]) -> bytes | None:
    """imagehash.phash of a decoded image, if it is asked for: signs of the low frequencies of 32 x 32 grey pixels."""
    if "look" not in asked:
        return None
    # Only who asks for it needs the package and what it imports.
    import imagehash

    picture = image if isinstance(image, Image.Image) else Image.fromarray(image.permute(1, 2, 0).numpy())
    return np.packbits(imagehash.phash(picture).hash).tobytes()
