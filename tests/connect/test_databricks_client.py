"""The lowest Databricks Runtime: whatever we import and use of Spark and Delta is in its databricks-connect."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from entry_scripts import ROOT

CLIENT = ROOT / ".venv-databricks" / "bin" / "python"
# Given modules and names of them, what is not there.
PROGRAM = """
import importlib, json, sys
wanted = json.load(sys.stdin)
absent = [f"{module}.{name}" for module, name in wanted if not hasattr(importlib.import_module(module), name)]
print(json.dumps(absent))
"""


@pytest.fixture(scope="module")
def client() -> str:
    """The Python that has it."""
    if not CLIENT.exists():
        pytest.skip(f"no {CLIENT}: `make venv-databricks` makes the environment, with Python 3.12")
    return str(CLIENT)


def imported() -> list[tuple[str, str]]:
    """Names that jobs and udfs import from Spark and Delta, and the modules that they import whole."""
    found = set()
    for path in [*(ROOT / "jobs").rglob("*.py"), *(ROOT / "udfs").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found |= {(node.module or "", alias.name) for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {(alias.name, "__name__") for alias in node.names}
    return sorted((module, name) for module, name in found if re.match(r"(pyspark|delta)(\.|$)", module))


def test_every_import_is_there(client: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    wanted = imported()
    assert ("pyspark.sql.functions", "arrow_udf") in wanted
    done = subprocess.run([client, program], input=json.dumps(wanted), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == []


@pytest.mark.long
@pytest.mark.timeout(300)
def test_every_attribute_is_there(client: str, tmp_path: Path) -> None:
    # mypy knows each object's class, and looks into the client's package.
    check = [sys.executable, "-m", "mypy", "--python-executable", client, "--python-version", "3.12"]
    check += ["--cache-dir", str(tmp_path), "jobs", "udfs"]
    said = subprocess.run(check, cwd=ROOT, capture_output=True, text=True).stdout
    absent = [line for line in said.splitlines() if "[attr-defined]" in line]
    # "Module has no attribute": of a module without a name, as pyarrow's functions are to mypy.
    assert said and not [line for line in absent if "error: Module has no attribute" not in line]
