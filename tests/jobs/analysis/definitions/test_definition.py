"""Definitions of frequency as columns, with numbers computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.definitions.definition import counted, with_both_shares, with_presence, zeros_mended


def test_a_count_is_one_column() -> None:
    found = counted("text", [0, 1, 10, 1_000])
    assert found.columns.tolist() == [[0.0, 0.0, 1.0, 3.0]] and found.zero.tolist() == [True, False, False, False]


def test_presence_is_a_column_of_its_own() -> None:
    # (0 + 1/2) / (0 + 1), (4 + 1/2) / (9 + 1); 12 of 10 in both searches counts as all.
    found = with_presence("both", [0, 9, 10], [0, 4, 12])
    assert found.columns[0] == pytest.approx([0, np.log10(9), 1])
    assert 10 ** found.columns[1] == pytest.approx([0.5, 0.45, 1.0])
    assert found.zero.tolist() == [True, False, False]


def test_both_shares_are_columns_of_their_own() -> None:
    found = with_both_shares("shares", [0, 9, 0], [0, 4, 1], [0, 4, 0])
    assert found.columns[:2].tolist() == with_presence("both", [0, 9, 0], [0, 4, 0]).columns.tolist()
    # (0 + 1/2) / (0 + 1), (4 + 1/2) / (4 + 1), (0 + 1/2) / (1 + 1); only what neither search finds is 0.
    assert 10 ** found.columns[2] == pytest.approx([0.5, 0.9, 0.25])
    assert found.zero.tolist() == [True, False, False]


def test_zeros_are_mended_by_what_the_image_leads_to_expect() -> None:
    image = 10.0 ** np.arange(20)
    # log10(text) = 2 + log10(image) / 2 wherever text finds anything.
    text = 100 * image**0.5
    text[[3, 7]] = 0
    image[7] = 0
    found = zeros_mended("mended", text, image)
    assert found.columns[0][3] == pytest.approx(2 + 3 / 2) and found.columns[0][4] == pytest.approx(4.0)
    # Neither finds it: it stays at 1.
    assert found.columns[0][7] == 0 and np.flatnonzero(found.zero).tolist() == [7]


def test_few_concepts_mend_nothing() -> None:
    found = zeros_mended("mended", [0, *range(1, 12)], [9] * 12)
    assert found.columns[0][0] == 0
