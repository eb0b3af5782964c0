from __future__ import annotations

import numpy as np

from jobs.analysis.similarity import bands_of_images, beside_similarity
from jobs.figures.similarity import similarity_figure
from jobs.figures.svg import svg_with_titles


def test_thirds_and_slopes_are_drawn_and_concepts_without_test_images_left_out() -> None:
    random = np.random.default_rng(0)
    frequency = np.round(10 ** random.uniform(0, 4, 120))
    similarity = 0.8 + 0.03 * np.log10(frequency) + 0.02 * random.normal(size=120)
    score = 0.1 * np.log10(frequency) + 0.03 * random.normal(size=120)
    names, sets = [f"concept {number}" for number in range(120)], [f"set {number % 4}" for number in range(120)]
    found = beside_similarity(names, sets, frequency, similarity, score)
    images = bands_of_images(names, sets, frequency, similarity, random.integers(0, 2, 120))
    known = [*similarity, None]
    figure = similarity_figure([*frequency, 0], known, [*score, 0.5], found, images, "tiny, text: m $x_5$")
    left, right = figure.axes
    assert sum(len(one.get_offsets()) for one in left.collections) == 120 and len(left.lines) == 3
    labels = [label.get_text() for label in right.get_yticklabels()]
    assert labels[:3] == ["alone", "given similarity", "farthest concepts"] and len(labels) == 8
    assert right.lines[0].get_xdata()[0] == found.alone.value
    assert "<svg" in svg_with_titles(figure, {}, "similarity")
