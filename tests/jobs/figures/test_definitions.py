from __future__ import annotations

from jobs.figures.definitions import definitions_figure
from jobs.figures.svg import svg_with_titles


def test_definitions_are_drawn_from_the_best_down() -> None:
    panels = {
        "cc12m, 90 concepts": {"text": [(0.1, 0.05), (0.2, 0.1)], "x<b>": [(0.3, 0.2), (0.4, None)]},
        "tiny, 40 concepts": {"text": [(0.1, None)]},
    }
    figure = definitions_figure(panels, "Which", "Over concepts the data do not tell them apart.")
    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()] == ["x<b>", "text"]
    dots, rings = first.collections[:2]
    assert dots.get_offsets()[:, 0].tolist() == [0.3, 0.4] and rings.get_offsets()[:, 0].tolist() == [0.2]
    assert [label.get_text() for label in second.get_yticklabels()] == ["text"]
    assert any("do not tell them apart" in text.get_text().replace("\n", " ") for text in figure.texts)
    assert "x<b>" not in svg_with_titles(figure, {}, "Which")
