"""Sections of the settings in the form that stages and executors need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.errors import SettingsError
from jobs.settings.image_search import Images
from jobs.settings.law import EvaluationModel
from jobs.settings.settings import Settings
from jobs.settings.text_search import Captions
from udfs.setup_errors import DeviceError

if TYPE_CHECKING:
    from udfs.images.decode.policies import ImagePolicy
    from udfs.text.engines import Engine


@contextmanager
def naming(setting: str) -> Iterator[None]:
    """Turn errors from finding or reading an input into a SettingsError that names the setting."""
    try:
        yield
    except (OSError, ValueError, ImportError, DeviceError) as error:
        raise SettingsError(f"{setting}: {error}") from None


def clip_config(model: EvaluationModel) -> dict[str, object]:
    """The model's settings in the form that executors need."""
    return model.model_dump(exclude_none=True, exclude={"name"})


def captions_section(settings: Settings) -> Captions:
    """The section of text search, which a stage needs."""
    if settings.captions is None:
        raise SettingsError(f"{settings.name}: text search needs the section 'captions'")
    return settings.captions


def noun_engine(captions: Captions) -> Engine:
    """The engine that finds nouns under these settings, loaded in this process."""
    from udfs.text.engines import load_engine

    with naming("captions.pipeline"):
        return load_engine(captions.pipeline, captions.engine, captions.check_share)


def images_section(settings: Settings) -> Images:
    """The section of image search, which a stage needs."""
    if settings.images is None:
        raise SettingsError(f"{settings.name}: image search needs the section 'images'")
    return settings.images


def tagger_config(images: Images) -> dict[str, object]:
    """The tagger's settings, without those that only counting needs."""
    assert images.tagger is not None
    return images.tagger.model_dump(exclude_none=True, exclude={"floor", "threshold"})


def embedder_config(images: Images) -> dict[str, object]:
    """The embedder's settings in the form that executors need."""
    assert images.embedder is not None
    return images.embedder.model_dump(exclude_none=True)


def image_policy(images: Images) -> ImagePolicy:
    """How images are read: by the settings, and for missing settings by the defaults of the tagger's family."""
    from udfs.images.models.taggers.registry import default_policy

    usual = default_policy(tagger_config(images) if images.tagger else None)
    return replace(usual, **images.policy.model_dump(exclude_none=True))
