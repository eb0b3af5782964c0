"""Draws a corpus: webdataset shards, an evaluation set, the concept list and the truth, all from one seed.

    FOLDER/corpus/00000.tar ...       KEY.jpg, KEY.txt, KEY.json, in img2dataset's layout
    FOLDER/evaluation/00000.tar       fresh images, one glyph each; KEY.txt is the concept's name
    FOLDER/concepts.txt               one concept per line
    FOLDER/concepts.yaml              the same with their other names, as aliases
    FOLDER/truth/                     the true contents of the corpus (`truth.py`)

Two draws with equal settings are equal byte for byte on one machine; another JPEG library may round differently.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from jobs.loop.glyphs import load_glyphs
from jobs.loop.pixels import COLOURS, Look, render
from jobs.loop.plan import CorpusDesign, Pair, plan_pairs
from jobs.loop.truth import Truth, make_truth, sample_row, write_truth

logger = logging.getLogger(__name__)


def draw(drawing: CorpusDesign, folder: str | Path) -> Truth:
    """Draw the corpus into `folder`, which is created if absent; an earlier corpus there is replaced."""
    root = Path(folder)
    for part in ("corpus", "evaluation", "truth"):
        shutil.rmtree(root / part, ignore_errors=True)
    (root / "corpus").mkdir(parents=True)
    (root / "evaluation").mkdir()
    glyphs = load_glyphs(drawing.concepts)
    nouns = [glyph.noun for glyph in glyphs]
    truth = make_truth(drawing, nouns, _draw_corpus(drawing, root / "corpus"))
    _draw_evaluation(drawing, root / "evaluation")
    (root / "concepts.txt").write_text("".join(f"{noun}\n" for noun in nouns), encoding="utf-8")
    defined = [{"concept": glyph.noun, "any": [glyph.synonym] if glyph.synonym else []} for glyph in glyphs]
    (root / "concepts.yaml").write_text(yaml.safe_dump(defined, sort_keys=False), encoding="utf-8")
    write_truth(truth, root / "truth")
    logger.info("drew %d pairs of %d concepts into %s", len(truth.samples), len(nouns), root)
    return truth


def _draw_corpus(drawing: CorpusDesign, folder: Path) -> Iterator[dict[str, Any]]:
    """Write the shards; yields the row of the truth for each pair."""
    pairs = plan_pairs(drawing)
    for number, part in enumerate(np.array_split(np.arange(len(pairs)), drawing.shards)):
        shard = f"{number:05d}.tar"
        chosen = [pairs[at] for at in part]
        keys = [f"{number:05d}{at:04d}" for at in range(len(chosen))]
        _write_shard(folder / shard, keys, chosen, drawing, stream=1 + number)
        yield from (sample_row(shard, key, pair) for key, pair in zip(keys, chosen, strict=True))


def _draw_evaluation(drawing: CorpusDesign, folder: Path) -> None:
    """Draw fresh images of one glyph each; the caption is the concept's name."""
    random = np.random.default_rng([drawing.seed, 1])
    colours = list(COLOURS)
    pairs = [
        Pair((glyph,), (glyph,), glyph.noun, str(random.choice(colours)), wrong=False, missing=False, plural=False)
        for glyph in load_glyphs(drawing.concepts)
        for _ in range(drawing.evaluation_images_per_concept)
    ]
    keys = [f"{at:09d}" for at in range(len(pairs))]
    _write_shard(folder / "00000.tar", keys, pairs, drawing, stream=0)


def _write_shard(path: Path, keys: Sequence[str], pairs: Sequence[Pair], drawing: CorpusDesign, stream: int) -> None:
    """Write one tar; each shard has its own `stream` of random numbers, so that it could be drawn alone."""
    random = np.random.default_rng([drawing.seed, 2, stream])
    look = Look(size=drawing.image_size)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for key, pair in zip(keys, pairs, strict=True):
            image = render(random, tuple(glyph.character for glyph in pair.shown), pair.colour, look)
            _add(archive, f"{key}.jpg", image)
            _add(archive, f"{key}.txt", pair.caption.encode())
            _add(archive, f"{key}.json", _metadata(key, pair.caption, image, drawing.image_size))


def _metadata(key: str, caption: str, image: bytes, size: int) -> bytes:
    """The JSON that img2dataset writes beside an image; a drawn image has no URL."""
    fields = {
        "caption": caption,
        "url": None,
        "key": key,
        "status": "success",
        "error_message": None,
        "width": size,
        "height": size,
        "original_width": size,
        "original_height": size,
        "exif": "{}",
        "sha256": hashlib.sha256(image).hexdigest(),
    }
    return json.dumps(fields, indent=4).encode()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    """Add a member without time or owner, so that equal draws give equal bytes."""
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))
