"""The names of a classifier's classes, by the order of its outputs. Looking at results needs them, and no torch."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from udfs.images.models import weights as weight_files
from udfs.setup_errors import ModelError


@lru_cache(maxsize=1)
def imagenet_names() -> tuple[str, ...]:
    """The 1,000 class names of ImageNet-1k by index, each the first synonym; only crane and maillot occur twice."""
    return tuple(resources.files(__package__).joinpath("imagenet_classes.txt").read_text("utf-8").splitlines())


def read_classes(source: str) -> tuple[str, ...]:
    """The class names in a file (a path, a URI or package:NAME/FILE): one per line, in the order of the outputs."""
    lines = weight_files.resolve(source).read_text("utf-8-sig").splitlines()
    names = tuple(line.strip() for line in lines)
    while names and not names[-1]:
        names = names[:-1]
    if not names or not all(names):
        raise ModelError(
            f"classes {source}: line {names.index('') + 1 if names else 1} is empty; expected a name on each"
        )
    return names
