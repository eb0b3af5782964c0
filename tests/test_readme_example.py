"""The README's Python shows what it says it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

README = Path(__file__).resolve().parents[1] / "README.md"


def test_column_functions(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    exec(compile(example, "README.md", "exec"), {"spark": spark})
    shown = capsys.readouterr().out
    assert shown.count("|[beach, dog]|") == 2
