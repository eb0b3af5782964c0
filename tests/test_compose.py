"""The compose file starts the entry scripts that the cluster tests start; the image copies what it needs."""

from __future__ import annotations

from pathlib import Path

import yaml

DOCKER = Path(__file__).resolve().parents[1] / "docker"


def test_every_service_starts_a_tested_entry_script() -> None:
    services = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
    started = {name: (service.get("entrypoint") or service["command"])[0] for name, service in services.items()}
    assert started == {
        "master": "/entry/master.sh",
        "worker-1": "/entry/worker.sh",
        "worker-2": "/entry/worker.sh",
        "mlflow": "/entry/mlflow.sh",
        "job": "/entry/job.sh",
    }
    for script in started.values():
        assert (DOCKER / script.lstrip("/")).stat().st_mode & 0o111, f"{script} is not executable"


def test_the_image_copies_only_what_is_there() -> None:
    lines = (DOCKER / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    allowed = {line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    for name in [name for names in copied for name in names]:
        assert (DOCKER.parent / name).exists(), name
        assert name in allowed, f"{name} is kept out of the build by .dockerignore"


def test_the_wheel_is_built_with_all_that_links_of_the_packages_point_to() -> None:
    root, stage = DOCKER.parent, (DOCKER / "Dockerfile").read_text().split("\nFROM")[1]
    copied = {name for line in stage.splitlines() if line.startswith("COPY") for name in line.split()[1:-1]}
    links = [path for folder in ("jobs", "udfs") for path in (root / folder).rglob("*") if path.is_symlink()]
    assert links and {path.resolve().relative_to(root).parts[0] for path in links} <= copied
