"""What the wheel holds and asks for: on a managed platform pip must replace neither Spark nor torch."""

from __future__ import annotations

import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = {
    "pyspark", "delta-spark", "databricks-connect", "numpy", "pandas", "pyarrow", "scipy", "matplotlib",
    "pillow", "torch", "torchvision", "timm", "open-clip-torch", "spacy", "mlflow",
}  # fmt: skip


@pytest.fixture(scope="session")
def files(wheel: Path) -> set[str]:
    """Names of the files in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Message:
    """The wheel's METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def requirements(metadata: Message, extra: str | None = None) -> dict[str, Requirement]:
    """Requirements of the base, or those that an extra adds, by normalised name."""
    stated = [Requirement(text) for text in metadata.get_all("Requires-Dist") or []]
    wanted = [r for r in stated if (r.marker is None if extra is None else f'"{extra}"' in str(r.marker))]
    return {requirement.name.lower().replace("_", "-"): requirement for requirement in wanted}


def test_the_base_asks_for_nothing_that_a_platform_brings(metadata: Message) -> None:
    base = requirements(metadata)
    assert set(base) == {"pydantic", "pyyaml", "jinja2", "deltalake", "rich"}
    assert not PLATFORM & set(base)


def test_extras_bring_a_platform(metadata: Message) -> None:
    spark = requirements(metadata, "spark")
    assert str(spark["delta-spark"].specifier) == "==4.4.0"
    assert "4.2.0" in spark["pyspark"].specifier and "4.1.4" in spark["pyspark"].specifier
    assert "26.0.0" not in spark["pyarrow"].specifier and "3.0.0" not in spark["pandas"].specifier
    assert "spacy" in requirements(metadata, "text")
    assert {"torch", "torchvision", "timm", "open-clip-torch"} <= set(requirements(metadata, "images"))
    assert "mlflow" in requirements(metadata, "tracking")


def test_the_wheel_is_the_two_packages_whole(files: set[str]) -> None:
    inside = {name for name in files if ".dist-info/" not in name}
    folders = ("jobs", "udfs", "jobs/conf/protocols")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    sources.append(ROOT / "jobs" / "conf" / "published.yaml")
    expected = {path.relative_to(ROOT).as_posix() for path in sources if "__pycache__" not in path.parts}
    assert inside == expected


def test_data_files_are_inside(files: set[str]) -> None:
    assert "jobs/loop/glyphs.csv" in files
    assert {"jobs/conf/published.yaml", "jobs/conf/protocols/paper.yaml", "jobs/conf/protocols/default.yaml"} <= files
    assert any(name.startswith("jobs/report_page/templates/") and name.endswith(".j2") for name in files)


def test_the_command_is_declared(wheel: Path, files: set[str]) -> None:
    name = next(name for name in files if name.endswith(".dist-info/entry_points.txt"))
    assert "conceptfreq = jobs.cli:main" in zipfile.ZipFile(wheel).read(name).decode()


def test_the_licence_travels_along(files: set[str], metadata: Message) -> None:
    assert any(name.endswith("/LICENSE") for name in files)
    assert metadata["License"] == "Apache-2.0"
