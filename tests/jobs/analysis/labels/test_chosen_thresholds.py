"""Thresholds of concepts by hand: the highest F1, or the lowest with enough precision."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.labels.chosen_thresholds import ThresholdChoices

CHOICES = ThresholdChoices(
    found=np.array([[100, 50, 10], [10, 8, 2], [0, 0, 0]]),
    right=np.array([[60.0, 48.0, 10.0], [9.5, 7.9, 2.0], [0.0, 0.0, 0.0]]),
    whole=np.array([60.0, 10.0, 0.0]),
)


def test_precision_recall_and_f1() -> None:
    assert CHOICES.precision[0].tolist() == [0.6, 0.96, 1.0]
    assert CHOICES.recall[0].tolist() == [1.0, 0.8, pytest.approx(1 / 6)]
    assert CHOICES.f1[0] == pytest.approx([0.75, 0.8727, 0.2857], abs=1e-4)
    assert (CHOICES.precision[2] == 1).all() and (CHOICES.recall[2] == 0).all()


def test_each_concept_has_its_own() -> None:
    assert CHOICES.best().tolist() == [1, 0, 2]
    assert CHOICES.best(0.95).tolist() == [1, 0, -1]
    assert CHOICES.best(0.97).tolist() == [2, 1, -1]
