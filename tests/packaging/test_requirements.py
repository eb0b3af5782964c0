"""Everything that the code imports is asked for by name, and the tested set is inside the stated ranges."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
# Parts of what is asked for: py4j of pyspark, markupsafe of jinja2; and what this environment lacks, grpc of grpcio.
OF_OTHERS = {"py4j": "pyspark", "markupsafe": "jinja2", "grpc": "grpcio"}


def stated() -> dict[str, Requirement]:
    """Every requirement of setup.cfg by normalised name, base and extras."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lists = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    found = [Requirement(line) for text in lists for line in text.splitlines() if line and line[0] != "#"]
    return {normal(requirement.name): requirement for requirement in found}


def normal(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> set[str]:
    """Top names of all that jobs and udfs import, wherever in a module."""
    names = set()
    for package in ("jobs", "udfs"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"jobs", "udfs"}


def test_every_import_is_asked_for() -> None:
    homes = packages_distributions()
    for name in sorted(imported()):
        distributions = {normal(home) for home in homes.get(name, [name])}
        known = distributions | {OF_OTHERS.get(normal(name), "")}
        assert known & set(stated()), f"import {name}: no requirement on {distributions} in setup.cfg"


def test_constraints_pin_each_direct_dependency_inside_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and line[0] != "#")
    spark = re.search(r"^SPARK\s+\?= (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert spark is not None
    pins["pyspark"] = pins["pyspark-client"] = spark.group(1)
    assert set(pins) == set(stated())
    for name, version in pins.items():
        assert version in stated()[name].specifier, f"{name}=={version} is outside {stated()[name]}"
