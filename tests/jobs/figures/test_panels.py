"""Figures with several panels: what they say, and that nothing runs over the edge."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from jobs.analysis.agreement import two_pieces
from jobs.analysis.law import fit_law
from jobs.analysis.pooled import describe
from jobs.analysis.protocol import Protocol
from jobs.figures.crossings import crossings_figure
from jobs.figures.many_laws import Panel, Series, laws_figure
from jobs.figures.tails import tails_figure
from jobs.figures.wag import wag_figure


def series(label: str, seed: int = 0, n: int = 300, sets: int = 3) -> Series:
    rng = np.random.default_rng(seed)
    frequency = np.floor(10 ** rng.uniform(0, 6, n))
    frequency[:30] = 0
    score = np.clip(8 * np.log10(np.maximum(frequency, 1)) + rng.normal(20, 9, n), 0, 100)
    law = fit_law(frequency, score, Protocol("paper", drop_low=2))
    pooled = describe([str(i) for i in range(n)], [str(i % sets) for i in range(n)], frequency, score, mixed=False)
    return Series(label, frequency, score, law, pooled)


def drawn(panels: int, models: int) -> Figure:
    found = [Panel(f"search {i}", [series(f"RN{j}", j) for j in range(models)]) for i in range(panels)]
    return laws_figure(found, "a corpus: zero-shot accuracy", "accuracy, %", span=(0, 100))


def words(figure: Figure) -> str:
    texts = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [axes.get_title("left"), axes.get_title("right"), *(text.get_text() for text in axes.texts)]
        legend = axes.get_legend()
        texts += [text.get_text() for text in legend.get_texts()] if legend else []
    return " ".join(texts)


def assert_inside(figure: Figure) -> None:
    """No text leaves the figure; powers of ten are left out, as matplotlib keeps some beyond the axes."""
    renderer = figure.canvas.get_renderer()
    figure.draw(renderer)
    whole = figure.bbox
    for text in figure.findobj(lambda artist: hasattr(artist, "get_text") and artist.get_visible()):
        if text.get_text() and not text.get_text().startswith("$"):
            box = text.get_window_extent(renderer)
            assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0, text.get_text()


@pytest.mark.parametrize(("panels", "models"), [(1, 1), (3, 3), (4, 24), (5, 2), (6, 4)])
def test_every_layout_keeps_its_words_inside(panels: int, models: int) -> None:
    figure = drawn(panels, models)
    assert_inside(figure)
    assert sum(axes.get_visible() for axes in figure.axes) == panels


def test_a_panel_says_r_slope_interval_and_the_number_of_concepts() -> None:
    one, law, slope = words(drawn(3, 2)), series("RN0").law, series("RN0").pooled.within
    assert f"RN0: r {law.r:.2f}, {slope.value:+.2g} [{slope.low:.2g}, {slope.high:.2g}]" in one
    assert "300 concepts" in one and "high by construction of means" in one
    assert "paper protocol: 12 bins, 2 lowest and 1 highest left out of r" in one


def test_bins_that_are_left_out_are_hollow() -> None:
    axes = drawn(1, 1).axes[0]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert sum(len(line.get_xdata()) for line in hollow) == 3


def test_many_models_are_told_by_their_span() -> None:
    said = words(drawn(1, 24))
    r = [series(f"RN{j}", j).law.r for j in range(24)]
    assert f"24 models: r {min(r):.2f} to {max(r):.2f}, median {np.median(r):.2f}" in said


def test_scores_of_any_unit_have_the_whole_span() -> None:
    axes = drawn(3, 3).axes
    assert {one.get_ylim()[0] for one in axes} == {0.0} and all(one.get_ylim()[1] > 100 for one in axes)


def test_the_tail_says_how_many_never_occur() -> None:
    curve = np.array([1.0, 0.5, 1e-5])
    figure = tails_figure({"text": {"cc3m": (curve, 7), "a" * 60: (curve, 0)}, "image": {"cc3m": (curve, 1)}}, "tail")
    assert "cc3m: 3 and 7 zeros" in words(figure)
    assert_inside(figure)


def test_a_cell_says_the_correlation_and_how_many_were_paired() -> None:
    corpora = ["cc3m", "laion200m_train_test_sim_normalized", "synthci30m"]
    cells = {"text": {("cc3m", corpora[1]): (0.7, 3168), ("cc3m", "synthci30m"): (None, 2)}}
    figure = crossings_figure(cells, corpora, "crossings")
    assert "0.70\n(3,168)" in words(figure) and "–\n(2)" in words(figure)
    assert_inside(figure)


def test_let_it_wag_says_both_slopes_and_all_sizes() -> None:
    usual, rare = [20.0, 40, 60, 80], [5.0, 15, 30, 60]
    models = [("RN50", "cc3m"), ("RN50", "cc12m"), ("ViT-B-16", "laion400m"), ("ViT-H-14", "laion2b")]
    figure = wag_figure(models, usual, rare, two_pieces(usual, rare, 50), 50, ("imagenet", "let_it_wag"), (1000, 290))
    said = words(figure)
    assert "4 models; 290 rare classes, 1,000 usual ones; slope below 50 %: 0.50 over 2, above: 1.50 over 2" in said
    assert "ViT-H-14" in said and "laion2b" in said
    assert_inside(figure)
