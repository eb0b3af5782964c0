"""What the tests of the fast path share: the real pipeline and the fast path over it."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("spacy")

from udfs.text.fast.engine import FastNouns  # noqa: E402
from udfs.text.nouns import load_pipeline  # noqa: E402


@pytest.fixture(scope="session")
def pipeline() -> Any:
    return load_pipeline("en_core_web_sm")


@pytest.fixture(scope="session")
def fast(pipeline: Any) -> FastNouns:
    return FastNouns(pipeline)
