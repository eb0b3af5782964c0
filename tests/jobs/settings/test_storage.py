"""The section `storage`: each S3 path of the settings says how it is reached, and no credential ever stands there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml

from jobs.core.context import as_recorded
from jobs.errors import SettingsError
from jobs.lake.location import parse
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings
from jobs.settings.storage import check_credentials, located
from udfs.shards.stores import Store, store_of

SECRET = "wJalrXUtnFEMIbK7MDENGbPxRfiCYEXAMPLEKEY9"
NAMES = {"key": "LAKE_KEY", "secret": "LAKE_SECRET"}
STORAGE = {
    "s3a": {"endpoint": "http://minio:9000/", "environment": NAMES},
    "s3://public": {"region": "us-west-2", "anonymous": True},
}
PRIVATE = Store("us-east-1", "http://minio:9000", key="LAKE_KEY", secret="LAKE_SECRET")
OPEN = Store("us-west-2", anonymous=True)


def written(folder: Path, **changes: Any) -> str:
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(tiny.settings_dict(folder, **changes)))
    return str(path)


def in_buckets(**changes: Any) -> dict[str, Any]:
    corpora = [
        {"name": name, "format": "webdataset", "path": path}
        for name, path in (("own", "s3a://private/x"), ("open", "s3://public/y"), ("here", "/data/z"))
    ]
    return {"lake": "s3://lakes/a%20lake", "corpora": corpora, "storage": STORAGE, **changes}


def test_every_path_says_how_it_is_reached(tmp_path: Path) -> None:
    changes = in_buckets(report={"output": "s3://public/report.html"}, concepts=[{"name": "l", "file": "s3n://b/l"}])
    settings = load_settings(written(tmp_path, **changes))
    own, public, here = (corpus.path for corpus in settings.corpora)
    assert (store_of(own), store_of(public), here) == (PRIVATE, OPEN, "/data/z")
    assert store_of(settings.concepts[0].file) == PRIVATE and store_of(str(settings.report.output)) == OPEN
    location = parse(settings.lake)
    assert (location.store, str(location), location.is_s3) == (PRIVATE, "s3://lakes/a%20lake", True)
    assert store_of(location.arrow("t")) == PRIVATE
    assert location.spark("t") == "s3a://lakes/a lake/t" and location.deltalake("t") == "s3://lakes/a%20lake/t"
    assert store_of(located("s3://public/x", settings.storage)) == OPEN and located("x", settings.storage) == "x"
    assert Settings.model_validate(settings.model_dump()) == settings, "what says it already is left as it is"
    assert Settings(**{**settings.model_dump(), "corpora": list(settings.corpora)}) == settings


def test_a_recorded_run_has_paths_as_they_were_written(tmp_path: Path) -> None:
    tracking = {"uri": f"postgresql://me:{SECRET}@host/mlflow", "experiment": "x"}
    recorded = as_recorded(load_settings(written(tmp_path, **in_buckets(tracking=tracking))))
    assert '"s3://lakes/a%20lake"' in recorded and "postgresql://me:not recorded@host/mlflow" in recorded
    assert SECRET not in recorded and "LAKE_SECRET" in recorded


@pytest.mark.parametrize(
    ("storage", "said"),
    [
        ({"gs": {"region": "x"}}, "gs: only S3 has a section"),
        ({"s3://b/x": {"region": "x"}}, "expected s3, for all buckets"),
        ({"s3": {}}, "storage.s3: region is missing"),
        ({"s3": {"region": "x", "anonymous": True, "profile": "y"}}, "exclude each other"),
        ({"s3": {"region": "x", "environment": {"key": "A"}}}, "storage.s3.environment.secret"),
        (
            {"s3": {"region": "x", "environment": {"key": "A", "secret": SECRET}}},
            "environment.secret: expected the name",
        ),
        ({"s3": {"region": "x", "secret": SECRET}}, "unknown key 'secret'"),
        ({"s3": {"endpoint": "minio:9000"}}, "storage.s3.endpoint"),
        ({"s3": {"endpoint": f"http://me:{SECRET}@minio"}}, "storage.s3.endpoint"),
        ({"s3://elsewhere": {"region": "x"}}, "storage.s3://elsewhere: no path of these settings lies there"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_no_credential_shown(tmp_path: Path, storage: Any, said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(written(tmp_path, **in_buckets(storage=storage)))
    assert said in str(refusal.value) and SECRET not in str(refusal.value)


def test_a_path_holds_no_credentials(tmp_path: Path) -> None:
    corpora = [{"name": "c", "format": "webdataset", "path": f"s3://me:{SECRET}@b/x"}]
    with pytest.raises(
        SettingsError, match="corpora: s3://...: a URI must not hold credentials: .* section storage"
    ) as refusal:
        load_settings(written(tmp_path, corpora=corpora))
    assert SECRET not in str(refusal.value)


def test_names_under_which_there_is_nothing_are_said_before_spark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(written(tmp_path, **in_buckets()))
    monkeypatch.setenv("LAKE_KEY", "k")
    monkeypatch.delenv("LAKE_SECRET", raising=False)
    with pytest.raises(
        SettingsError, match="storage.s3: the environment variable LAKE_SECRET is not set on .*executor"
    ):
        check_credentials(settings.storage)
    monkeypatch.setenv("LAKE_SECRET", "s")
    check_credentials(settings.storage)
