"""JPEGs to measure with: drawn ones of given sizes, and photos; and a tar of them with rows that point into it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from udfs.schemas import LOCATION

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
# Longer side in pixels, and the images of a turn: large ones take longer.
SIZES = {300: 40, 500: 30, 1000: 12, 2000: 6}


def drawn(side: int, count: int) -> list[bytes]:
    """Colour fields with grain, 4:3, quality 85: as large in bytes as photos of the size are."""
    return [_saved(_picture(side, seed)) for seed in range(count)]


def photos(side: int, count: int) -> list[bytes]:
    """The largest photos of a corpus, reduced or enlarged to a longer side in pixels; none without the corpora."""
    return [_saved(_resized(image, side)) for image in _largest(count)]


def enlarged(side: int, count: int) -> int:
    """How many of these photos are enlarged ones."""
    return sum(max(image.size) < side for image in _largest(count))


def write_tar(path: Path, images: Sequence[bytes], count: int) -> pa.RecordBatch:
    """A tar of `count` images, the given ones again and again, and what an image task is asked about it."""
    rows = []
    with tarfile.open(path, "w") as tar:
        for number, data in enumerate(islice(cycle(images), count)):
            member = tarfile.TarInfo(f"{number:06}.jpg")
            member.size = len(data)
            place = {"layout": "tar", "offset": tar.offset + tarfile.BLOCKSIZE, "length": len(data)}
            tar.addfile(member, io.BytesIO(data))
            rows.append((path.name, f"{number:06}", place))
    shards, samples, places = zip(*rows, strict=True)
    arrays = [
        pa.array(shards),
        pa.array(samples),
        pa.array(range(len(samples)), pa.int64()),
        pa.array(places, LOCATION),
    ]
    return pa.RecordBatch.from_arrays(arrays, ["shard", "sample", "ordinal", "image"])


def _picture(side: int, seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    size = (side, side * 3 // 4)
    coarse = random.integers(0, 256, (size[1] // 40, size[0] // 40, 3), dtype=np.uint8)
    fields = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
    return Image.fromarray((fields + random.integers(-8, 9, fields.shape)).clip(0, 255).astype(np.uint8))


def _largest(count: int) -> Sequence[Image.Image]:
    """Photos of 500 pixels (COCO) before those of 200 (Flickr8k)."""
    files = sorted((CORPORA / "hf_parquet" / "data").glob("*.parquet"))
    if not files:
        return []
    import pyarrow.parquet as pq

    rows = pq.read_table(files[0], columns=["image"])["image"].to_pylist()
    images = [Image.open(io.BytesIO(row["bytes"])) for row in rows]
    return sorted(images, key=lambda image: -max(image.size))[:count]


def _resized(image: Image.Image, side: int) -> Image.Image:
    factor = side / max(image.size)
    size = round(image.width * factor), round(image.height * factor)
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _saved(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()
