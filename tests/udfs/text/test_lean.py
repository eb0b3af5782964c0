"""A text worker imports no torch, torchvision or open_clip, and others can import torch after it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tiny

from udfs.text import lean

pytest.importorskip("spacy")

WORK = """
import sys
import pyarrow as pa
from udfs.text.task import NounTask
batch = pa.RecordBatch.from_pydict({"shard": ["a"], "sample": ["1"], "ordinal": [0], "caption": ["two dogs"]})
(out,) = NounTask()(iter([batch]))
assert out.to_pylist()[0]["keys"] == ["dog"]
print(sorted({"torch", "torchvision", "open_clip", "pyspark"} & set(sys.modules)))
"""


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_worker_that_finds_nouns_has_no_torch_and_can_import_it_later() -> None:
    pytest.importorskip("torch")
    assert run(WORK + "import torch; print(torch.ones(2).sum())") == ["[]", "tensor(2.)"]


def test_the_command_line_plans_without_torch(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    command = ["run", str(tiny.write_settings(tmp_path)), "--dry-run"]
    code = f"import sys; from jobs.cli import main; status = main({command}); print(status, 'torch' in sys.modules)"
    assert run(code)[-1] == "0 False"


def test_a_pipeline_that_asks_for_torch_gets_it(tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text('[components.transformer]\nfactory = "transformer"\n')
    assert lean._uses_torch(str(tmp_path))
    assert lean._uses_torch("no_such_pipeline")
    assert not lean._uses_torch("en_core_web_sm")
