"""The Databricks bundle against the classes of databricks-bundles and our own settings; nothing is deployed."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from databricks.bundles.apps import App
from databricks.bundles.experiments import MlflowExperiment
from databricks.bundles.jobs import Job, JobPermission
from databricks.bundles.schemas import Schema
from databricks.bundles.volumes import Volume
from packaging.requirements import Requirement

from jobs.cli import COMMANDS, arguments_of
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))
FILES = sorted((ROOT / "resources").glob("*.yml"))
CLASSES: dict[str, Any] = {
    "apps": App,
    "jobs": Job,
    "schemas": Schema,
    "volumes": Volume,
    "experiments": MlflowExperiment,
}
# What the CLI puts in for references; in a target of mode development with the deployer's name before it.
KNOWN = {
    "workspace.file_path": str(ROOT),
    "workspace.current_user.userName": "jane@example.com",
    "resources.schemas.lake.id": "main.dev_jane_conceptfreq",
    "resources.schemas.lake.name": "dev_jane_conceptfreq",
    "resources.volumes.files.name": "files",
    "resources.apps.explorer.service_principal_client_id": "00000000-0000-0000-0000-000000000000",
    "resources.experiments.fits.name": "/Users/jane@example.com/conceptfreq",
    "bundle.name": "conceptfreq",
    "bundle.target": "dev",
    **{f"var.{name}": one["default"] for name, one in BUNDLE["variables"].items()},
}


def resources() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, name and description of every resource."""
    for file in FILES:
        for kind, named in yaml.safe_load(file.read_text(encoding="utf-8"))["resources"].items():
            yield from ((kind, name, one) for name, one in named.items())


def resolved(value: Any) -> Any:
    """A value without references; KeyError for one to something that the bundle does not have."""
    if isinstance(value, dict):
        return {key: resolved(one) for key, one in value.items()}
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{([\w.]+)\}", value)
    if whole:
        return resolved(KNOWN[whole.group(1)])
    return re.sub(r"\$\{([\w.]+)\}", lambda found: str(resolved(KNOWN[found.group(1)])), value)


def job(name: str) -> dict[str, Any]:
    """A job's description, resolved."""
    [found] = [one for kind, other, one in resources() if (kind, other) == ("jobs", name)]
    return dict(resolved(found))


def unknown_keys(given: Any, understood: Any, path: str = "") -> list[str]:
    """Keys that are given and that the class has not understood."""
    if isinstance(given, list):
        given, understood = dict(enumerate(given)), dict(enumerate(understood))
    if not isinstance(given, dict):
        return []
    missing = [f"{path}.{key}" for key in given if key not in understood]
    known = [key for key in given if key in understood]
    return missing + [line for key in known for line in unknown_keys(given[key], understood[key], f"{path}.{key}")]


def test_a_file_holds_one_resource() -> None:
    assert len(list(resources())) == len(FILES) == 6
    assert BUNDLE["include"] == ["resources/*.yml"]


@pytest.mark.parametrize(("kind", "name", "given"), list(resources()))
def test_its_class_understands_all_of_it(kind: str, name: str, given: dict[str, Any]) -> None:
    given = resolved(given)
    made = CLASSES[kind].from_dict(given)
    assert unknown_keys(given, made.as_dict()) == []


def test_the_schema_of_the_classes_sees_mistakes() -> None:
    with pytest.raises(Exception, match="trigerr"):
        Job.from_dict({"name": "a", "trigerr": {}})
    with pytest.raises(Exception, match="SOMETIMES"):
        Job.from_dict({"trigger": {"table_update": {"condition": "SOMETIMES"}}})


def test_targets_differ_as_they_should() -> None:
    dev, prod = BUNDLE["targets"]["dev"], BUNDLE["targets"]["prod"]
    assert (dev["mode"], prod["mode"]) == ("development", "production") and dev["default"]
    assert set(BUNDLE["targets"]) == {"dev", "prod"}
    assert prod["run_as"] and prod["workspace"]["root_path"].startswith("/Workspace/Shared/")
    for permission in prod["permissions"]:
        JobPermission.from_dict(resolved(permission))
    Schema.from_dict(resolved(prod["resources"]["schemas"]["lake"]))
    MlflowExperiment.from_dict(resolved(prod["resources"]["experiments"]["fits"]))
    assert all(resolved(path).startswith("/") for path in (KNOWN["var.experiment"], prod["variables"]["experiment"]))


def test_triggers_wait_for_quiet() -> None:
    arrival, update = job("count")["trigger"]["file_arrival"], job("fit")["trigger"]["table_update"]
    for trigger in (arrival, update):
        assert trigger["wait_after_last_change_seconds"] >= 60 and trigger["min_time_between_triggers_seconds"] >= 60
    assert arrival["url"] == "/Volumes/main/dev_jane_conceptfreq/files/corpus/"
    assert "main.dev_jane_conceptfreq.concept_counts" in update["table_names"]


def test_images_run_on_gpus_and_the_rest_does_not() -> None:
    count = job("count")
    versions = {one["job_cluster_key"]: one["new_cluster"]["spark_version"] for one in count["job_clusters"]}
    runs_on = {task["task_key"]: versions[task["job_cluster_key"]] for task in count["tasks"]}
    assert {stage: "-gpu-" in version for stage, version in runs_on.items()} == {
        "ingest": False,
        "captions": False,
        "images": True,
        "count": False,
        "evaluate": True,
    }


@pytest.mark.parametrize("name", ["count", "fit"])
def test_tasks_are_commands_with_settings_that_load(name: str) -> None:
    for task in job(name)["tasks"]:
        command, settings, *overrides = task["python_wheel_task"]["parameters"]
        assert command == task["task_key"] and command in COMMANDS
        assert overrides[::2] == ["--set"] * (len(overrides) // 2)
        checked = load_settings(settings, overrides[1::2])
        assert checked.lake == "main.dev_jane_conceptfreq"
        assert not lost(checked, command)


def test_the_app_starts_the_explorer_of_the_bundles_lake() -> None:
    [app] = [resolved(one) for kind, _, one in resources() if kind == "apps"]
    command = app["config"]["command"]
    alone = yaml.safe_load((ROOT / "app.yaml").read_text(encoding="utf-8"))
    assert set(alone) == {"command"} and command[: len(alone["command"])] == alone["command"]
    at = command.index("conceptfreq")
    arguments = arguments_of(command[at + 1 :])
    assert (arguments.command, arguments.behind, arguments.host, arguments.port) == (
        "explore", "databricks", None, None
    )  # fmt: skip
    settings = load_settings(arguments.config, arguments.set)
    assert settings.lake == "main.dev_jane_conceptfreq"
    assert [source.file for source in settings.concepts] == ["conf/concepts.txt"], "an app sees no volume"
    assert re.fullmatch(r"[a-z0-9-]{2,30}", app["name"]) and app["permissions"] == [
        {"level": "CAN_USE", "group_name": "users"}
    ]
    # What is installed is the repository itself, which is the app's source.
    extras = Requirement(command[at - 1].replace(".", "conceptfreq", 1)).extras
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert extras == {"explore", "app"} and extras <= set(config["options.extras_require"])
    assert (ROOT / "resources" / app["source_code_path"]).resolve() == ROOT
    # A requirements.txt would be installed before, with another Python.
    assert not (ROOT / "requirements.txt").exists() and (ROOT / "conf" / "databricks.yaml").exists()


def test_the_app_may_read_the_lake() -> None:
    [lake] = [resolved(one) for kind, _, one in resources() if kind == "schemas"]
    [grant] = lake["grants"]
    assert grant["principal"] == KNOWN["resources.apps.explorer.service_principal_client_id"]
    assert set(grant["privileges"]) == {"USE_SCHEMA", "SELECT"}


def lost(settings: Settings, stage: str) -> list[str]:
    """Where the stage reads or writes, beyond the deployer's own schema."""
    places = [corpus.path for corpus in settings.corpora] + [source.file for source in settings.concepts]
    if stage == "report":
        places.append(str(settings.report.output))
    return [place for place in places if not place.startswith("/Volumes/main/dev_jane_conceptfreq/files/")]


def test_tasks_start_an_entry_point_that_fails_by_an_exception() -> None:
    tasks = [task["python_wheel_task"] for name in ("count", "fit") for task in job(name)["tasks"]]
    assert {(task["package_name"], task["entry_point"]) for task in tasks} == {("conceptfreq", "conceptfreq-task")}
    [entry] = [one for one in metadata.entry_points(group="console_scripts") if one.name == "conceptfreq-task"]
    assert entry.value == "jobs.databricks_task:main"


def test_packages_are_those_of_the_extras() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    extras = [config["options.extras_require"][extra] for extra in ("spark", "text", "images", "tracking", "report")]
    stated = {Requirement(line) for text in extras for line in text.splitlines() if line and line[0] != "#"}
    libraries = [one["pypi"]["package"] for one in BUNDLE["variables"]["packages"]["default"] if "pypi" in one]
    dependencies = job("fit")["environments"][0]["spec"]["dependencies"]
    for line in [*libraries, *(line for line in dependencies if not line.endswith(".whl"))]:
        assert Requirement(line) in stated, f"{line}: setup.cfg asks for another version"


def test_a_fit_has_the_packages_of_the_statistics() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "jobs" / "analysis").rglob("*.py")]
    named = {node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    others = {str(module).partition(".")[0] for module in named} - sys.stdlib_module_names - {"jobs", "udfs", "numpy"}
    dependencies = job("fit")["environments"][0]["spec"]["dependencies"]
    assert others and others <= {Requirement(line).name for line in dependencies if not line.endswith(".whl")}


def test_the_wheel_is_built_and_installed_everywhere() -> None:
    assert BUNDLE["artifacts"]["wheel"]["build"] == "make wheel"
    for task in job("count")["tasks"]:
        assert {"whl": "./dist/*.whl"} in task["libraries"]
    assert "../dist/*.whl" in job("fit")["environments"][0]["spec"]["dependencies"]


def test_the_bundle_has_the_sections_that_it_needs() -> None:
    assert set(BUNDLE) == {"bundle", "include", "artifacts", "variables", "targets"}
