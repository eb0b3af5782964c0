"""House rules that hold for every module, read from the source: who imports whom, and what none may do."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.stages.registry import STAGES

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path for package in ("jobs", "udfs") for path in (ROOT / package).rglob("*.py"))
# The command line alone builds a session, and looks at its machine.
OWNS_SESSION = {"jobs/core/session.py", "jobs/cli.py"}
# The house from the ground up: a module imports from its own floor and from those below.
FLOORS = (
    ("udfs", "jobs.analysis", "jobs.errors", "jobs.markdown_table"),
    ("jobs.lake", "jobs.figures"),
    ("jobs.settings",),
    # The list of stages names their functions and imports none of them.
    ("jobs.core", "jobs.stages.registry"),
    ("jobs.concepts", "jobs.published"),
    ("jobs.imported",),
    ("jobs.results.counts", "jobs.results.corpora"),
    ("jobs.results.fits", "jobs.results.samples"),
    ("jobs.results", "jobs.report_page"),
    ("jobs.stages",),
    (
        "jobs.doctor",
        "jobs.estimation",
        "jobs.loop",
        "jobs.maintenance",
        "jobs.reproduction",
        "jobs.stream",
        "jobs.verification",
    ),
    ("jobs.commands", "jobs.explorer", "jobs.notebooks", "jobs.public"),
    # `jobs` itself is what a notebook or a script imports.
    ("jobs.cli", "jobs.databricks_task", "jobs"),
)
# What Spark Connect does not offer, and what belongs to whoever owns the session (docs/design.md, section 4).
FORBIDDEN_ATTRIBUTES = {"sparkContext", "_jvm", "_jsc", "_jdf", "_sc", "rdd", "cache", "persist", "unpersist"}
FORBIDDEN_NAMES = {"SparkContext", "RDD", "accumulator"}

# torchvision decodes JPEGs alone, and in one place: its PNG decoder crashes the process on damaged files.
DECODES = "udfs/images/decode/jpeg.py"
DECODER = {"decode_jpeg", "ImageReadMode"}


def name_of(path: Path) -> str:
    """The path as messages show it."""
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that the code imports, wherever in it; relative imports do not occur in this project."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def module_name(path: Path) -> str:
    """The module's dotted name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {module_name(path) for path in MODULES}


def modules_imported(path: Path) -> Iterator[str]:
    """The modules of this project that a module imports, each by its full name."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in NAMES)
        elif isinstance(node, ast.ImportFrom):
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from full & NAMES or {str(node.module)} & NAMES


def floor_of(name: str) -> int:
    """The floor on which a module lies, 0 for the ground: that of the longest entry of FLOORS that holds it."""
    held = {
        entry: floor
        for floor, level in enumerate(FLOORS)
        for entry in level
        if name == entry or name.startswith(f"{entry}.")
    }
    return held[max(held, key=len)]


def library_modules() -> list[Path]:
    """Everything but what owns the session."""
    return [path for path in MODULES if name_of(path) not in OWNS_SESSION]


def session_misuse(tree: ast.AST) -> list[str]:
    """What the code does to a session or its frames that library code must not."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES and not is_functools_cache(node):
            found.append(f"line {node.lineno}: .{node.attr}")
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            found.append(f"line {node.lineno}: {node.id}")
        if isinstance(node, ast.Attribute) and node.attr in ("set", "unset"):
            owner = node.value
            if isinstance(owner, ast.Attribute) and owner.attr == "conf":
                found.append(f"line {node.lineno}: conf.{node.attr}")
    return found


def is_functools_cache(node: ast.Attribute) -> bool:
    """Whether this is functools.cache, which keeps no frame."""
    return isinstance(node.value, ast.Name) and node.value.id == "functools"


def image_io(tree: ast.AST) -> set[str]:
    """What the code takes of torchvision.io: names, or the module itself, or the operators beneath it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torchvision.io"):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module == "torchvision":
            found |= {"torchvision.io" for alias in node.names if alias.name in ("io", "*")}
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("torchvision.io")}
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("torchvision.io", "torch.ops.image"):
            found.add(ast.unparse(node))
    return found


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """Every parameter but self and cls."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    stars = [star for star in (given.vararg, given.kwarg) if star]
    return [parameter for parameter in [*named, *stars] if parameter.arg not in ("self", "cls")]


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions of the module and methods of its public classes whose names have no leading underscore."""
    scopes: list[ast.Module | ast.ClassDef] = [tree]
    for scope in scopes:
        for node in scope.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                scopes.append(node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                yield node


def is_explained_elsewhere(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """An overload's docstring is that of the implementation."""
    return any("overload" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 10


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_named_as_one_of_the_standard_library(path: Path) -> None:
    # A job started by its path has its folder first on sys.path: jobs/queue.py would break every one of them.
    names = {path.stem, *path.relative_to(ROOT).parts[:-1]} - {"__init__"}
    assert not names & sys.stdlib_module_names


@pytest.mark.parametrize("path", sorted((ROOT / "udfs").rglob("*.py")), ids=name_of)
def test_udfs_never_imports_jobs(path: Path) -> None:
    assert not [name for name in imported(tree_of(path)) if name.split(".")[0] == "jobs"]


@pytest.mark.parametrize("path", sorted((ROOT / "jobs" / "analysis").rglob("*.py")), ids=name_of)
def test_statistics_know_neither_spark_nor_the_stages(path: Path) -> None:
    names = [name for name in imported(tree_of(path)) if re.match(r"(pyspark|delta|jobs)(\.|$)", name)]
    assert all(name.startswith("jobs.analysis") for name in names), names


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_stages_do_not_import_each_other(stage: str) -> None:
    # Tables are how they meet.
    others = {"run", *(other.name for other in STAGES)} - {stage}
    names = set(modules_imported(ROOT / "jobs" / "stages" / f"{stage}.py"))
    assert not names & {f"jobs.stages.{other}" for other in others}


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path).startswith("jobs/")], ids=name_of)
def test_modules_import_from_their_floor_or_below(path: Path) -> None:
    own = floor_of(module_name(path))
    assert not [name for name in modules_imported(path) if floor_of(name) > own]


def test_no_module_needs_itself() -> None:
    needs = {module_name(path): {*modules_imported(path)} - {module_name(path)} for path in MODULES}
    while ground := {name for name, others in needs.items() if not others & needs.keys()}:
        needs = {name: others for name, others in needs.items() if name not in ground}
    assert not needs, "modules that import each other in a circle, and those that import them"


@pytest.mark.parametrize("path", library_modules(), ids=name_of)
def test_library_code_leaves_the_session_alone(path: Path) -> None:
    assert session_misuse(tree_of(path)) == []


@pytest.mark.parametrize(
    "misuse",
    [
        "spark.conf.set('a', 'b')",
        "self.lake.spark.conf.unset('a')",
        "frame.rdd.map(f)",
        "spark.sparkContext.broadcast(x)",
        "frame.cache()",
        "frame.persist(level)",
        "from pyspark import SparkContext\nSparkContext.getOrCreate()",
    ],
)
def test_the_rule_sees_misuse(misuse: str) -> None:
    assert session_misuse(ast.parse(misuse))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_torchvision_decodes_nothing_but_jpeg(path: Path) -> None:
    assert image_io(tree_of(path)) == (DECODER if name_of(path) == DECODES else set())


@pytest.mark.parametrize(
    "misuse",
    [
        "from torchvision.io import ImageReadMode, decode_jpeg, decode_png",
        "from torchvision.io import decode_image",
        "from torchvision.io import *",
        "from torchvision.io.image import read_image",
        "from torchvision import io",
        "import torchvision.io as tvio",
        "import torchvision\ntorchvision.io.decode_image(data)",
        "import torch\ntorch.ops.image.decode_png(data, 0, False)",
    ],
)
def test_the_rule_of_torchvision_sees_misuse(misuse: str) -> None:
    assert image_io(ast.parse(misuse)) - DECODER


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_functions_are_typed_and_explained(path: Path) -> None:
    bare = []
    for function in public_functions(tree_of(path)):
        untyped = [parameter.arg for parameter in parameters(function) if parameter.annotation is None]
        if untyped or function.returns is None:
            bare.append(f"{function.name} (line {function.lineno}): no type for {untyped or 'the result'}")
        if not ast.get_docstring(function) and not is_explained_elsewhere(function):
            bare.append(f"{function.name} (line {function.lineno}): no docstring")
    assert not bare


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_say_why_they_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))
