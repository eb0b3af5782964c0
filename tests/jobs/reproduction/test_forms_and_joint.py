"""The forms of the law and two searches at once over published pools, as sheets and as sections of the document."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.law import fit_law
from jobs.analysis.pooled import describe
from jobs.analysis.protocol import Protocol
from jobs.reproduction.fits import PoolFit
from jobs.reproduction.forms_and_joint import forms_of_pools, forms_section, joint_of_pools, joint_section
from jobs.reproduction.pools import Key, Pool
from jobs.reproduction.published_rows import PerformanceMeasure, Search
from jobs.reproduction.sheets import KEY, forms_sheet, joint_sheet


def fit(search: str, model: str, seed: int, first: int = 0, concepts: int = 300) -> PoolFit:
    """Accuracies in percent that rise by 10 per decade, over concepts of eight sets from number `first` on."""
    random = np.random.default_rng(0)
    x, noise = random.uniform(2, 6, 300), random.normal(0, 5, 300)
    found = x + 0.5 * np.random.default_rng(seed).normal(size=300)
    kept = np.arange(first, concepts)
    names, sets = tuple(f"concept {at}" for at in kept), tuple(f"set {at % 8}" for at in kept)
    frequency, score = np.floor(10 ** found[kept]), np.clip(10 + 10 * x + noise, 0, 100)[kept]
    key = Key(
        Search("cc3m", search, 0.7 if search == "image" else None),
        PerformanceMeasure("classification", "accuracy", "ensemble"),
        model,
    )
    pool = Pool(key, names, sets, frequency, score, "percent", (), ())
    law = fit_law(frequency, score, Protocol("paper"))
    return PoolFit(pool, law, describe(names, sets, frequency, score, mixed=False))


def test_each_fit_has_a_row_for_each_form() -> None:
    fits = [fit("text", "RN50", 11), fit("image", "RN50", 12), fit("text", "RN50", 11, concepts=15)]
    found = list(forms_of_pools(fits))
    assert [one.fit for one in found] == fits[:2], "15 concepts of 8 sets are too few"
    sheet = forms_sheet(found)
    assert len(sheet.rows) == 8 and {len(row) for row in sheet.rows} == {len(sheet.columns)}
    assert sheet.columns[: len(KEY)] == KEY and sheet.frame.form.tolist()[:4] == [
        "linear",
        "logistic",
        "power",
        "hinge",
    ]
    section = "\n".join(forms_section(found))
    assert found[0].forms.verdict in section and "| cc3m, image, ensemble, RN50 |" in section
    assert not list(forms_section([]))


def test_searches_are_joined_over_the_concepts_of_both() -> None:
    fits = [fit("text", "RN50", 11, first=40), fit("image", "RN50", 12), fit("image", "ViT-B-16", 12)]
    [found] = joint_of_pools(fits)
    assert found.fit is fits[1] and found.joint.concepts == 260
    for of in (found.joint.text, found.joint.image):
        # Errors of half a decade beside a spread of 1.2 flatten the slope to 85 % of 10.
        assert of.alone.high < of.instrumented.slope.value == pytest.approx(10, rel=0.12)
    sheet = joint_sheet([found])
    assert [row[sheet.columns.index("of")] for row in sheet.rows] == ["text", "image"]
    section = "\n".join(joint_section([found]))
    assert "This assumes that, within a set, what one search misses" in section
    assert "| cc3m, ensemble, RN50 | image |" in section
