"""Captions against images of one concept, where own counts tell text, image and both."""

from __future__ import annotations

from jobs.results.counts.answers import Frequency
from jobs.results.text_and_image import TextAndImage, text_against_image


def row(search: str, threshold: float | None, frequency: int | None, source: str = "own") -> Frequency:
    return Frequency("c", search, threshold, "dog", frequency, None, 100, source)


def test_one_for_each_threshold_with_all_three() -> None:
    rows = [row("text", None, 40), row("image", 0.5, 10), row("integrated", 0.5, 8), row("image", 0.7, 0)]
    rows += [row("integrated", 0.7, 0), row("image", 0.9, None), row("integrated", 0.9, None)]
    half, seven = text_against_image(rows)
    assert half == TextAndImage("c", 0.5, 40, 10, 8) and (half.seen, half.said) == (0.2, 0.8)
    assert (seven.seen, seven.said) == (0.0, None)
    assert [*text_against_image([*rows[1:]])] == [], "no count of captions"
    published = [row("text", None, 40, "published"), *rows[1:3]]
    assert [*text_against_image(published)] == [], "published counts are of other samples"
