from __future__ import annotations

import io
import warnings
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from jobs.analysis.law import Law, fit_law
from jobs.analysis.pooled import Pooled, describe
from jobs.analysis.protocol import Protocol
from jobs.figures.one_law import law_figure, law_svg
from jobs.figures.style import frequency_name
from jobs.figures.svg import SVG, svg_with_titles
from jobs.figures.text_and_image import frequency_figure, frequency_svg


def concepts(n: int = 60) -> tuple[list[str], np.ndarray, np.ndarray, Law]:
    rng = np.random.default_rng(0)
    frequency = np.floor(np.exp(rng.uniform(0, 8, n))).astype(int)
    frequency[:3] = 0
    score = 0.1 + 0.2 * np.log10(np.maximum(frequency, 1)) + rng.normal(0, 0.05, n)
    names = [f"concept {i}" for i in range(n)]
    names[0] = '<i>$x_5$ & "co"\u202e'
    return names, frequency, score, fit_law(frequency, score, Protocol("paper"))


def pooled(names: list[str], frequency: np.ndarray, score: np.ndarray, sets: int = 1) -> Pooled:
    return describe(names, [f"set {i % sets}" for i in range(len(names))], frequency, score)


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in (*figure.texts, *figure.axes[0].texts)]


def test_the_law_is_told_in_words_and_drawn_once_per_concept() -> None:
    names, frequency, score, law = concepts()
    found = pooled(names, frequency, score)
    figure = law_figure(names, frequency, score, law, found, "corpus, text search: tiny")
    told = " ".join(words(figure))
    assert "corpus, text search: tiny" in told and f"r = {law.r:.2f} over {law.bins} bins" in told
    assert (
        f"[{found.slope.low:.3g}, {found.slope.high:.3g}] per decade" in told
        and "pooled" not in told
        and "60 concepts" in told
    )
    (dots,) = (c for c in figure.axes[0].collections if c.get_gid() == "concepts")
    assert np.allclose(dots.get_offsets()[:, 0], np.log10(np.maximum(frequency, 1)))
    assert np.allclose(dots.get_offsets()[:, 1], score)
    assert "0 or 1" in [tick.get_text() for tick in figure.axes[0].get_xticklabels()]


def test_several_sets_lead_with_the_slope_within_them() -> None:
    names, frequency, score, law = concepts()
    # The second set is the harder for every concept, and has the rarer ones.
    frequency, score = np.where(np.arange(60) % 2, frequency // 20, frequency), score - 0.3 * (np.arange(60) % 2)
    law, found = fit_law(frequency, score, law.protocol), pooled(names, frequency, score, 2)
    figure = law_figure(names, frequency, score, law, found, "t")
    told = " ".join(words(figure))
    slope = found.within
    expected = f"{slope.value:+.3g} [{slope.low:.3g}, {slope.high:.3g}] per decade within 2 sets"
    assert f"{expected}, {law.slope_per_decade:+.3g} pooled" in told and slope.value < law.slope_per_decade
    first, dashed = (line for line in figure.axes[0].lines if len(line.get_xdata()) == 3)
    assert np.ptp(first.get_ydata()) / np.ptp(first.get_xdata()) == pytest.approx(slope.value)
    assert dashed.get_linestyle() == "--"
    assert np.ptp(dashed.get_ydata()) / np.ptp(dashed.get_xdata()) == pytest.approx(law.slope_per_decade)


def test_a_law_without_r_is_drawn() -> None:
    names, frequency, score, law = concepts(8)
    assert law.r is None
    told = " ".join(words(law_figure(names, frequency, score, law, pooled(names, frequency, score), "t")))
    assert "no r over bins" in told and "8 concepts" in told


def test_each_bin_bears_its_number_of_concepts() -> None:
    names, frequency, score, law = concepts()
    told = words(law_figure(names, frequency, score, law, pooled(names, frequency, score), "t"))
    counts = [str(b.concepts) for b in law.bin_table if b.concepts]
    assert [word for word in told if word.isdigit()] == counts


def test_every_dot_tells_its_concept_whatever_its_name() -> None:
    names, frequency, score, law = concepts()
    root = ElementTree.fromstring(
        law_svg(names, frequency, score, law, pooled(names, frequency, score), "a <title> & more")
    )
    titles = [element.text or "" for element in root.iter(f"{{{SVG}}}title")]
    assert titles[0].startswith('<i>$x_5$ & "co"⟨U+202E⟩\n0 samples\n')
    assert titles[7].startswith(f"concept 7\n{frequency[7]:,} samples\n") and len(titles) == 60
    assert f"{score[7]:.3g} (all sets pooled: {law.expected(frequency[7]):.3g})" in titles[7]
    assert root.get("aria-label") == "a <title> & more"
    assert not list(root.iter(f"{{{SVG}}}script")) and "DejaVu" not in ElementTree.tostring(root, "unicode")


def test_zero_has_a_place_of_its_own_in_text_against_image() -> None:
    figure = frequency_figure(["a", "b", "c"], [0, 1, 100], [10, 0, 100], "t")
    (dots,) = figure.axes[0].collections
    assert dots.get_offsets().tolist() == [[-0.6, 1.0], [0.0, -0.6], [2.0, 2.0]]
    assert "3 concepts: both find 1, only text 1, only image 1, neither 0" in words(figure)
    assert "a\n0 by text\n10 by image" in frequency_svg(["a", "b", "c"], [0, 1, 100], [10, 0, 100], "t")


@pytest.mark.parametrize("counts", [([0, 0], [0, 0]), ([5], [5]), ([1, 1], [0, 10**9])])
def test_extreme_frequencies_are_drawn(counts: tuple[list[int], list[int]]) -> None:
    assert frequency_svg(["a", "b"][: len(counts[0])], *counts, "t").count("by text") == len(counts[0])


def test_a_figure_is_the_same_each_time_and_leaves_no_setting_behind() -> None:
    before = dict(matplotlib.rcParams)
    first, again = (law_svg(*found, pooled(*found[:3]), "t") for found in (concepts(), concepts()))
    assert first == again
    assert dict(matplotlib.rcParams) == before


def test_letters_that_the_font_lacks_stay_text_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "東京" in frequency_svg(["東京"], [3], [400], "t")


def test_titles_that_do_not_fit_the_dots_are_refused() -> None:
    figure = frequency_figure(["a"], [1], [1], "t")
    with pytest.raises(ValueError, match="1 dots in the figure and 2 titles"):
        svg_with_titles(figure, {"concepts": ["a", "b"]}, "t")
    with pytest.raises(ValueError, match="no element 'bins'"):
        svg_with_titles(figure, {"bins": []}, "t")


def test_a_long_title_stays_inside_the_figure() -> None:
    names, frequency, score, law = concepts()
    for length in (20, 75, 300):
        figure = law_figure(
            names, frequency, score, law, pooled(names, frequency, score, 2), "Wide Title " * (length // 11 + 1)
        )
        figure.savefig(io.BytesIO(), format="png")
        assert figure.texts[0].get_window_extent().x1 < figure.bbox.x1


@pytest.mark.parametrize(
    ("power", "name"),
    [(-1, "0.1"), (0, "1"), (3, "1,000"), (5, "100,000"), (6, "1 M"), (9, "1 G"), (10, "10 G")],
)
def test_frequencies_are_named_as_one_writes_them(power: int, name: str) -> None:
    assert frequency_name(power) == name
