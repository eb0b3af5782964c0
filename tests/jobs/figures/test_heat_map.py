"""The heat map shows each pair where its names say, in an order of groups, whatever the names are."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.figures.heat_map import heat_map
from jobs.figures.svg import svg_with_titles

NAMES = ["dog", "$x_2$ is 5 $", "犬の写真をもっとたくさん見たい人のための名前です", "cat", "a" * 200]


def matrix(pairs: dict[tuple[int, int], float], size: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A symmetric matrix with NaN elsewhere."""
    values = np.full((size, size), np.nan)
    for (one, other), value in pairs.items():
        values[one, other] = values[other, one] = value
    return values


def test_cells_are_those_of_their_names() -> None:
    npmi = matrix({(0, 3): 0.62, (1, 2): 0.3, (0, 1): -0.2}, 5)
    figure = heat_map(NAMES, npmi, "tiny", "5 concepts")
    axes, bar = figure.axes
    order = [label.get_text() for label in axes.get_yticklabels()]
    assert order == [label.get_text() for label in axes.get_xticklabels()]
    whole = {name: place for place, name in enumerate(NAMES)}
    places = [next(whole[name] for name in NAMES if name[:20] == shown[:20]) for shown in order]
    cells = axes.collections[0].get_array()
    assert cells is not None
    expected = npmi[np.ix_(places, places)]
    assert np.array_equal(np.ma.getmaskarray(cells), np.isnan(expected))
    assert np.allclose(np.ma.filled(cells, 0), np.nan_to_num(expected))
    assert axes.collections[0].get_clim() == pytest.approx((-0.7, 0.7))
    assert abs(places.index(0) - places.index(3)) == 1
    assert "cat" in svg_with_titles(figure, {}, "tiny") and bar.get_title(loc="left") == "NPMI"


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("name", ["concept number", "w", "犬の写真をもっとたくさん見たい人のための", "W" * 50])
def test_forty_names_fit(name: str) -> None:
    names = [f"{number} {name}" for number in range(40)]
    figure = heat_map(names, matrix({(0, 1): 1.0}, 40), "tiny", "40 concepts")
    figure.canvas.draw()
    width, height = figure.get_size_inches() * figure.dpi
    axes = figure.axes[0]
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert all(box.x0 >= 0 for box in boxes) and all(
        above.y0 >= below.y1 - 1 for above, below in zip(boxes, boxes[1:], strict=False)
    )
    assert all(0.5 * 72 < label.get_window_extent().y0 < height for label in axes.get_xticklabels())
    assert width < 2000 and height < 2000
