"""`draw`, `train` and `demo`: the closed loop, from drawn samples to the law, and its comparison with the truth."""

from __future__ import annotations

import csv
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from jobs.commands.run_stages import close
from jobs.core.context import Context
from jobs.core.session import open_for_work
from jobs.errors import SettingsError
from jobs.loop import stamps
from jobs.loop.aliases import gain_of_aliases
from jobs.loop.comparison import Comparison, concept_rows, render
from jobs.loop.draw import CorpusDesign
from jobs.loop.draw import draw as draw_corpus
from jobs.loop.in_tables import compare
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Loop, Settings
from jobs.settings.strict import refuse_unknown
from jobs.stages import inputs
from jobs.stages.registry import wanted_stages
from jobs.stages.run import run

if TYPE_CHECKING:
    from jobs.loop.train import Training

log = logging.getLogger(__name__)

T = TypeVar("T")


def draw(settings: Settings, arguments: Namespace) -> int:
    """Draw the corpus, its evaluation set and its truth into the loop's folder, replacing any that are there."""
    loop = loop_section(settings)
    drawing = make_drawing(loop)
    if arguments.dry_run:
        print(f"draw {drawing} into {loop.folder}")
        return 0
    _draw(loop, drawing)
    return 0


def train(settings: Settings, arguments: Namespace) -> int:
    """Train the model on the loop's corpus, replacing any model that is there."""
    loop = loop_section(settings)
    training = make_training(loop)
    if arguments.dry_run:
        print(f"train {training} on {loop.folder}/corpus into {loop.folder}/model")
        return 0
    if not Path(loop.folder, "corpus").is_dir():
        raise SettingsError(f"{loop.folder}/corpus: there is no corpus to train on: run `conceptfreq draw`")
    _train(loop, training)
    return 0


def demo(settings: Settings, arguments: Namespace) -> int:
    """Run the whole loop; 0 if every shard is done and the findings agree with the truth, else 1."""
    loop, corpus = loop_section(settings), _drawn_corpus(settings)
    drawing, training = make_drawing(loop), make_training(loop)
    if arguments.dry_run:
        print(f"draw {drawing} into {loop.folder}")
        print(f"train {training} on {loop.folder}/corpus into {loop.folder}/model")
        print(f"run {', '.join(wanted_stages(settings))}, compare with {loop.folder}/truth")
        return 0
    if stamps.stamped(_drawn(loop)) != asdict(drawing):
        _draw(loop, drawing)
    if stamps.stamped(_trained(loop)) != _trained_on(loop, training):
        _train(loop, training)
        # The results of other models from an earlier demo stay in the lake, under their own specs.
        arguments.new_spec = True
    stages = wanted_stages(settings)
    inputs.check_inputs(settings, stages)
    context = Context(settings, open_for_work(settings), "demo", arguments.new_spec)
    result = run(context, stages)
    if not result.succeeded:
        return close(context, stages, result, arguments.json)
    truth = Path(loop.folder, "truth")
    comparison, gain = compare(context, corpus, truth), gain_of_aliases(context, corpus, truth)
    written = Path(loop.folder, "comparison.csv")
    _write_concepts(comparison, written)
    # With --json the summary is the only line on stdout.
    said = "\n".join([*([str(gain)] if gain else []), render(comparison)])
    print(said, file=sys.stderr if arguments.json else sys.stdout, flush=True)
    log.info("the found and true frequencies of every concept are in %s", written)
    status = close(context, stages, result, arguments.json)
    return 1 if comparison.failures else status


def loop_section(settings: Settings) -> Loop:
    """The section of the closed loop, which its commands need."""
    if settings.loop is None:
        raise SettingsError(f"{settings.name}: the closed loop needs the section 'loop'")
    return settings.loop


def make_drawing(loop: Loop) -> CorpusDesign:
    """The drawing that the settings ask for."""
    return _section(CorpusDesign, loop.drawing, "loop.drawing")


def make_training(loop: Loop) -> Training:
    """The training that the settings ask for."""
    # Threads that wait for work spin by default: on two cores with ten processes a step took 8.0 s, 1.4 s without.
    # torch reads the variable when it is first loaded, which the next import does.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from jobs.loop.train import Training

    return _section(Training, loop.training, "loop.training")


def _section(kind: type[T], given: Mapping[str, Any], where: str) -> T:
    """A dataclass from a section of the settings. Raises SettingsError, which names an unknown key or a bad value."""
    try:
        refuse_unknown(dict(given), [field.name for field in fields(kind)])  # type: ignore[arg-type]
        return TypeAdapter(kind).validate_python(dict(given))
    except ValidationError as error:
        problem = error.errors()[0]
        path = ".".join([where, *(str(part) for part in problem["loc"])])
        raise SettingsError(f"{path}: {problem['msg'].removeprefix('Value error, ')}") from None
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None


def _drawn_corpus(settings: Settings) -> Corpus:
    """The one corpus of the settings; every section that the comparison needs must be there."""
    if len(settings.corpora) != 1:
        raise SettingsError(f"{settings.name}: the demo compares one drawn corpus; {len(settings.corpora)} are named")
    tagged = settings.images is not None and settings.images.tagger is not None
    for name, there in (
        ("captions", settings.captions is not None),
        ("images.tagger", tagged),
        ("evaluate", settings.evaluate is not None),
        ("fit", settings.fit is not None),
    ):
        if not there:
            raise SettingsError(f"{settings.name}: the demo needs the section '{name}'")
    return settings.corpora[0]


def _drawn(loop: Loop) -> Path:
    return Path(loop.folder, "drawn.json")


def _trained(loop: Loop) -> Path:
    return Path(loop.folder, "trained.json")


def _trained_on(loop: Loop, training: Training) -> dict[str, Any]:
    return {"drawing": stamps.stamped(_drawn(loop)), "training": asdict(training)}


def _draw(loop: Loop, drawing: CorpusDesign) -> None:
    stamps.make(_drawn(loop), asdict(drawing), lambda: draw_corpus(drawing, loop.folder))


def _train(loop: Loop, training: Training) -> None:
    from jobs.loop.train import train as train_model

    folder = Path(loop.folder)
    stamps.make(
        _trained(loop),
        _trained_on(loop, training),
        lambda: train_model(folder / "corpus", folder / "model", training),
    )


def _write_concepts(comparison: Comparison, path: Path) -> None:
    rows = concept_rows(comparison)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
