from __future__ import annotations

import numpy as np

from jobs.analysis.forms.comparison import compare_forms
from jobs.figures.forms import forms_figure
from jobs.figures.svg import svg_with_titles


def test_the_forms_are_drawn_with_their_weights_and_their_verdict() -> None:
    random = np.random.default_rng(0)
    frequency = np.round(10 ** random.uniform(0, 5, 400))
    score = 0.2 * np.maximum(np.log10(frequency) - 3, 0) + 0.05 * random.normal(size=400)
    sets = [f"set {number % 8}" for number in range(400)]
    found = compare_forms([f"concept {number}" for number in range(400)], sets, frequency, score)
    figure = forms_figure(sets, frequency, score, found, "tiny, text: m $x_5$")
    [axes] = figure.axes
    assert [line.get_label() for line in axes.lines] == [
        f"{one.form.name}, weight {one.weight:.2f}" for one in found.fitted
    ]
    assert found.verdict in [text.get_text() for text in figure.texts] and found.knot is not None
    assert all(np.isfinite(line.get_ydata()).all() for line in axes.lines) and len(axes.patches) == 1
    assert "<svg" in svg_with_titles(figure, {}, "forms")


def test_frequencies_of_0_are_named_where_they_stand() -> None:
    frequency = np.tile([0, 10, 100, 1_000], 10)
    score = np.log10(np.maximum(frequency, 1)) + np.random.default_rng(1).normal(size=40)
    sets, names = ["one set"] * 40, [f"concept {number}" for number in range(40)]
    for counts, first in ((frequency, "0 or 1"), (np.maximum(frequency, 1), "1")):
        figure = forms_figure(sets, counts, score, compare_forms(names, sets, counts, score), "tiny")
        assert figure.axes[0].get_xticklabels()[0].get_text() == first
