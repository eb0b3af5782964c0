"""The truth as a labeller says of each drawn pair what the image shows."""

from __future__ import annotations

from pathlib import Path

from jobs.loop.labelled import label_by_truth
from jobs.loop.truth import Truth
from jobs.results.labels.drawn_pairs import DrawnPair


def test_the_truth_judges_images(drawn: tuple[Path, Truth]) -> None:
    folder, truth = drawn
    nouns = truth.concepts["concept"].tolist()
    samples = truth.samples.head(40).to_dict("records")
    pairs = [
        DrawnPair(
            {
                **{name: sample[name] for name in ("shard", "sample")},
                **{"corpus": "glyphs", "ordinal": at, "concept": noun, "judged": "image"},
                **{"stratum": "text", "pairs": 40, "chance": 0.5},
            },
            None,
        )
        for at, sample in enumerate(samples)
        for noun in nouns
    ]
    labels = label_by_truth(pairs, folder / "truth")
    shown = [noun in sample["glyphs"] for sample in samples for noun in nouns]
    assert [label.said == "yes" for label in labels] == shown and 40 <= sum(shown) < 80
    assert {(label.corpus, label.chance) for label in labels} == {("glyphs", 0.5)}
