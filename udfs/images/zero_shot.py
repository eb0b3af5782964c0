"""Zero-shot classification on an executor: each image's class is the name whose text embedding is nearest.

A sample's caption is its true class, by name or by index in the list of classes. Counts are partial: whoever sums them
over batches gets the set's. The accuracy of a class is the share of its images for which it is the nearest name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import torch

from udfs import statuses
from udfs.images.batching import Models, load_models
from udfs.images.clip_model import templates
from udfs.images.decoding import DEFAULT, ImagePolicy
from udfs.images.preparation import prepare
from udfs.shards.images import Problem, read_images

# One row a class, prompt and status; `concept` is null where the class is not known.
EVALUATION: Final = pa.schema(
    [
        ("concept", pa.string()),
        ("prompt", pa.string()),
        ("status", pa.string()),
        ("images", pa.int64()),
        ("correct", pa.int64()),
    ]
)

# (concept, prompt, status) -> [images, correct]
Counts = dict[tuple[str | None, str, str], list[int]]


@dataclass(frozen=True)
class EvaluateTask:
    """Batches with shard, sample, caption and image (a LOCATION) to EVALUATION batches.

    `model` holds an embedder's settings and perhaps its `tokenizer`, `names` the classes by index (repeats allowed),
    `prompts` any of class, simple and ensemble.
    """

    root: str
    model: Mapping[str, Any]
    names: tuple[str, ...]
    prompts: tuple[str, ...]
    policy: ImagePolicy = DEFAULT
    device: str = "auto"
    batch_size: int = 64

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        counts: Counts = {}
        pending: list[tuple[str, torch.Tensor]] = []
        classifier: Classifier | None = None
        for batch in batches:
            classifier = classifier or self._classifier()
            for truth, status, pixels in self._read(batch, classifier):
                if pixels is None or truth is None:
                    for prompt in self.prompts:
                        _add(counts, truth, prompt, status, correct=False)
                    continue
                pending.append((truth, pixels))
                if len(pending) == self.batch_size:
                    _score(counts, pending, classifier)
                    pending.clear()
        if classifier and pending:
            _score(counts, pending, classifier)
        yield _to_batch(counts)

    def _classifier(self) -> Classifier:
        tower = {key: value for key, value in self.model.items() if key != "tokenizer"}
        models = load_models(None, tower, batch_size=self.batch_size, device=self.device)
        names = tuple(dict.fromkeys(self.names))
        assert models.embedder is not None
        file = self.model.get("tokenizer")
        texts = {prompt: models.embedder.embed_texts(names, templates(prompt), file) for prompt in self.prompts}
        return Classifier(models, names, texts)

    def _read(
        self, batch: pa.RecordBatch, classifier: Classifier
    ) -> Iterator[tuple[str | None, str, torch.Tensor | None]]:
        """(true class, status, pixels) of each row, pixels None where there is nothing to classify."""
        columns = [batch.column(name).to_pylist() for name in ("shard", "sample", "image")]
        contents = read_images(self.root, zip(*columns, strict=True))
        for caption, content in zip(batch.column("caption").to_pylist(), contents, strict=True):
            truth = true_class(caption, self.names)
            if isinstance(content, Problem):
                yield truth, content.status, None
                continue
            ready = prepare(content, classifier.models.views, self.policy)
            pixels = ready.pixels[0] if ready.pixels else None
            yield truth, statuses.BAD_MEMBER if truth is None else ready.status, pixels


@dataclass(frozen=True, eq=False)
class Classifier:
    """A loaded model and the text embeddings [N, D] of its classes, by prompt."""

    models: Models
    names: tuple[str, ...]
    texts: Mapping[str, torch.Tensor]

    def nearest(self, pixels: Sequence[torch.Tensor]) -> dict[str, list[str]]:
        """The nearest name of each image, by prompt. The batch is filled up: scores must not hang on its size."""
        assert self.models.embedder is not None
        filled = pixels[0].new_zeros((self.models.batch_size, *pixels[0].shape))
        torch.stack(list(pixels), out=filled[: len(pixels)])
        images = self.models.embedder.embed_images(filled.to(self.models.device))
        found = {}
        for prompt, text in self.texts.items():
            best = (images @ text.T).argmax(dim=-1)[: len(pixels)].tolist()
            found[prompt] = [self.names[index] for index in best]
        return found


def true_class(caption: str | None, names: Sequence[str]) -> str | None:
    """The class that a sample's caption names, or whose index it is; None where it does neither."""
    said = (caption or "").strip()
    if said in names:
        return said
    return names[int(said)] if said.isdecimal() and int(said) < len(names) else None


def _score(counts: Counts, batch: Sequence[tuple[str, torch.Tensor]], classifier: Classifier) -> None:
    found = classifier.nearest([pixels for _, pixels in batch])
    for prompt, nearest in found.items():
        for (truth, _), name in zip(batch, nearest, strict=True):
            _add(counts, truth, prompt, statuses.OK, correct=name == truth)


def _add(counts: Counts, truth: str | None, prompt: str, status: str, correct: bool) -> None:
    count = counts.setdefault((truth, prompt, status), [0, 0])
    count[0] += 1
    count[1] += correct


def _to_batch(counts: Counts) -> pa.RecordBatch:
    rows = [(*key, *count) for key, count in counts.items()]
    columns = list(zip(*rows, strict=True)) or [()] * len(EVALUATION)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, EVALUATION, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=EVALUATION)
