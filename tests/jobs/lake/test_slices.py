"""Slices as SQL: values, quotes within them, nulls, and nothing at all."""

from __future__ import annotations

import pytest

from jobs.lake.slices import Slice, delta_condition, spark_condition


@pytest.mark.parametrize(
    ("where", "sql"),
    [
        ({}, "true"),
        ({"corpus": "a", "key": ["dog", "cat"]}, "`corpus` IN ('a') AND `key` IN ('cat', 'dog')"),
        ({"key": ["dog", None]}, "(`key` IN ('dog') OR `key` IS NULL)"),
        ({"key": [None]}, "(false OR `key` IS NULL)"),
        ({"key": []}, "false"),
    ],
)
def test_both_libraries_are_asked_for_the_same(where: Slice, sql: str) -> None:
    assert spark_condition(where) == delta_condition(where) == sql


def test_each_library_has_its_own_quotes() -> None:
    assert spark_condition({"key": "o'clock"}) == r"`key` IN ('o\'clock')"
    assert delta_condition({"key": "o'clock"}) == "`key` IN ('o''clock')"
