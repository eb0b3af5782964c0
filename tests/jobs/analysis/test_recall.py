"""Recall with ties, beside every order of the tied items."""

from __future__ import annotations

from itertools import permutations

import pytest

from jobs.analysis.recall import KS, WHOLE, Ranked, chance_within, recalls


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("better", [0, 1, 4, 7])
@pytest.mark.parametrize(("tied", "right"), [(0, 1), (0, 3), (3, 1), (2, 2), (4, 2)])
def test_a_chance_is_the_mean_over_all_orders(k: int, better: int, tied: int, right: int) -> None:
    orders = list(permutations([True] * right + [False] * tied))
    held = [any(order[: max(0, k - better)]) for order in orders]
    assert chance_within(k, better, tied, right) == pytest.approx(sum(held) / len(orders))


def test_a_recall_is_the_mean_over_a_concepts_items_in_any_order() -> None:
    ranked = [Ranked(0, 0, 0, 1, 3), Ranked(0, 6, 2, 1, 2), Ranked(WHOLE, 0, 2, 1, 7), Ranked(0, 10, 0, 0, 1)]
    found = recalls(ranked)
    assert found == recalls(reversed(ranked))
    assert found[0].items == 6 and found[WHOLE].items == 7
    assert [found[0].at[k] for k in KS] == pytest.approx([3 / 6, 3 / 6, 5 / 6])
    assert found[WHOLE].at[1] == pytest.approx(1 / 3)
