"""Bins of caption lengths and image sizes."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.attributes.bins import PIXELS, WORDS, caption_lengths, image_sizes, names_of


def test_names_of_bins_follow_each_other() -> None:
    assert names_of(WORDS) == ("0", "1-5", "6-10", "11-15", "16-20", "21-30", "31-50", "51-100", "101+")
    assert names_of(PIXELS)[0] == "1-63" and names_of(PIXELS)[3] == "256-511"


@pytest.mark.parametrize(
    ("caption", "length"),
    [
        (None, None),
        ("", "0"),
        (" \t\n ", "0"),
        ("dog", "1-5"),
        ("  a dog\tand\u00a0a cat ", "1-5"),
        ("one two three four five six", "6-10"),
        ("w " * 100, "51-100"),
        ("w " * 101, "101+"),
    ],
)
def test_words_stand_between_white_space(caption: str | None, length: str | None) -> None:
    assert caption_lengths(pa.array([caption], pa.string())).to_pylist() == [length]


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (256, 300, "256-511"),
        (512, 255, "128-255"),
        (63, 9000, "1-63"),
        (9000, 9000, "2048+"),
        (None, 300, None),
        (300, None, None),
        (0, 300, None),
        (-1, -1, None),
    ],
)
def test_the_shorter_side_counts(width: int | None, height: int | None, size: str | None) -> None:
    sides = (pa.array([side], pa.int32()) for side in (width, height))
    assert image_sizes(*sides).to_pylist() == [size]


@given(st.lists(st.none() | st.integers(0, 5000)))
def test_each_number_is_in_its_bin(sides: list[int | None]) -> None:
    column = pa.array(sides, pa.int32())
    for side, name in zip(sides, image_sizes(column, column).to_pylist(), strict=True):
        if not side:
            assert name is None
        else:
            first, _, last = name.rstrip("+").partition("-")
            assert int(first) <= side <= (int(last) if last else 10**9)
