"""What tells samples apart: their URL, their caption, or a hash of their image, and where it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from jobs.core.context import Context
from jobs.core.stage_specs import images_spec, samples_spec
from jobs.core.stretches import Stored
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.ledger import Unit
from jobs.results.counts.answers import Alike
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings
from udfs.counting.found import FOUND
from udfs.counting.groups import InGroups
from udfs.stretch_task import Source


class Told(NamedTuple):
    """Where groups are told apart: the stage and table of the column, and what a group shares, in words."""

    stage: str
    table: str
    column: str
    words: str


TOLD: Final[Mapping[str, Told]] = {
    "url": Told("ingest", "samples", "url", "URL"),
    "caption": Told("ingest", "samples", "caption", "caption"),
    "bytes": Told("images", "image_features", "sha256", "sha256 of its image"),
    "look": Told("images", "image_features", "perceptual_hash", "perceptual hash"),
}


def check_alike(settings: Settings, alike: Alike) -> None:
    """Raise SettingsError if the settings do not ask for the hashes that tell images apart."""
    if TOLD[alike].stage != "images":
        return
    if settings.images is None:
        raise SettingsError(f"--distinct {alike}: {settings.name} has no section 'images'")
    if alike not in settings.images.hashes:
        raise SettingsError(
            f"--distinct {alike}: no such hash of images is stored: set images.hashes: [{alike}] and run"
            " `conceptfreq run --new-spec`, which reads the images again"
        )


def group_rows(context: Context, corpus: Corpus, units: Sequence[Unit], alike: Alike) -> Stored:
    """The stored rows that tell the samples of these shards apart.

    Raises ConceptfreqError if some of the shards are not done at the stage that writes them.
    """
    told, settings = TOLD[alike], context.settings
    spec = samples_spec(corpus) if told.stage == "ingest" else images_spec(settings, corpus, context.identities)
    done = context.ledger.done(corpus.name, told.stage, spec.id)
    absent = [unit.shard for unit in units if unit.shard not in done]
    if absent:
        raise ConceptfreqError(
            f"corpus {corpus.name}: {len(absent)} of {len(units)} shards are not done at stage {told.stage}, such as"
            f" {absent[0]}: run `conceptfreq {told.stage}`"
        )
    source = Source(("shard", "ordinal", told.column), InGroups(told.column), FOUND)
    return Stored(told.table, {"corpus": corpus.name, "spec": spec.id}, source)
