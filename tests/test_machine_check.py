"""A missing or wrong Java or Python is said in one line with what to install."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "check-machine.sh"


def check(what: str, path: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the script with `path` and the few tools it needs, and nothing else, on PATH."""
    environment: Mapping[str, str] = {"PATH": str(path), **extra}
    return subprocess.run(["/bin/sh", str(SCRIPT), what], env=environment, capture_output=True, text=True)


def fake(folder: Path, name: str, body: str) -> None:
    """An executable on the machine under test."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A PATH with neither Java nor Python."""
    for name in ("sed", "head"):
        os.symlink(f"/usr/bin/{name}" if Path(f"/usr/bin/{name}").exists() else f"/bin/{name}", tmp_path / name)
    return tmp_path


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit 1, nothing on stdout, one line on stderr that holds every word."""
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr


def test_java_missing(machine: Path) -> None:
    refused(check("java", machine), "Java 17", "none was found on PATH", "install")


def test_java_home_without_java(machine: Path) -> None:
    refused(check("java", machine, JAVA_HOME="/nowhere"), "none was found in JAVA_HOME=/nowhere")


@pytest.mark.parametrize("version", ["1.8.0_412", "11.0.23", "16-ea"])
def test_java_too_old(machine: Path, version: str) -> None:
    fake(machine, "java", f"echo 'openjdk version \"{version}\" 2024-04-16' >&2")
    refused(check("java", machine), f"Java {version} was found", "openjdk-17-jre-headless")


def test_java_stub_that_fails(machine: Path) -> None:
    fake(machine, "java", "echo 'Unable to locate a Java Runtime.' >&2; exit 1")
    refused(check("java", machine), "none was found")


@pytest.mark.parametrize("version", ["17.0.15", "21", "21.0.2"])
def test_java_good(machine: Path, version: str) -> None:
    fake(machine, "java", f"echo 'Picked up JAVA_TOOL_OPTIONS' >&2; echo 'openjdk version \"{version}\"' >&2")
    done = check("java", machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_python_missing(machine: Path) -> None:
    refused(check("python", machine), "Python 3.11 or newer is needed", "none was found", "install python3.11")


def test_python_too_old(machine: Path) -> None:
    fake(machine, "python3", "echo '3.9.18 venv'")
    refused(check("python", machine), "python3 is 3.9.18", "python3.11-venv")


def test_python_stub_of_a_version_manager_is_passed_over(machine: Path) -> None:
    fake(machine, "python3.11", "echo 'command not found' >&2; exit 127")
    fake(machine, "python3", "echo '3.12.1 venv'")
    assert check("python", machine).stdout == "python3\n"


def test_python_without_venv(machine: Path) -> None:
    fake(machine, "python3.12", "echo '3.12.3 -'")
    refused(check("python", machine), "apt-get install python3.12-venv")


def test_python_named_by_the_user(machine: Path) -> None:
    fake(machine, "python3.11", "echo '3.11.7 venv'")
    fake(machine, "mine", "echo '3.12.1 venv'")
    assert check("python", machine, PYTHON="mine").stdout == "mine\n"
