"""CITATION.cff cites the release that the package is."""

from __future__ import annotations

import configparser
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]


def test_the_citation_is_of_this_release() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {key: cited[key] for key in ("title", "version", "license")} == {
        "title": config["metadata"]["name"],
        "version": config["metadata"]["version"],
        "license": config["metadata"]["license"],
    }
    assert [author["name"] for author in cited["authors"]] == [config["metadata"]["author"]]
    assert cited["references"][0]["url"] in (ROOT / "README.md").read_text(encoding="utf-8")
