"""The command `conceptfreq`: every job is a subcommand, and the same file is what spark-submit starts.

Exit status: 0 everything planned is done; 1 some of it failed (said which); 2 usage or settings.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from jobs.commands.row_output import FORMATS
from jobs.errors import ConceptfreqError
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings
from udfs.text.lean import import_spacy

log = logging.getLogger("conceptfreq")

Handler = Callable[[Settings, argparse.Namespace], int]

# Subcommand -> module and function that does it, imported when it is asked for, and its line of help.
COMMANDS = {
    "run": ("jobs.commands.run_stages:run_stages", "every stage that CONFIG asks for, in order"),
    "ingest": ("jobs.commands.run_stages:run_stages", "shards to samples"),
    "captions": ("jobs.commands.run_stages:run_stages", "samples to nouns"),
    "images": ("jobs.commands.run_stages:run_stages", "samples to tags and embeddings"),
    "count": ("jobs.commands.run_stages:run_stages", "nouns and tags to frequencies"),
    "evaluate": ("jobs.commands.run_stages:run_stages", "zero-shot accuracy of models on downstream sets"),
    "fit": ("jobs.commands.run_stages:run_stages", "accuracy against frequency"),
    "report": ("jobs.commands.run_stages:run_stages", "one page that tells it"),
    "counts": ("jobs.commands.show:counts", "frequencies by concept"),
    "misalignment": ("jobs.commands.show:misalignment", "how often caption and image disagree"),
    "audit": ("jobs.commands.audit:audit_counts", "frequencies that deserve distrust, own and published"),
    "status": ("jobs.commands.show:status", "what is planned, done, failed and rejected"),
    "verify": ("jobs.commands.verify:verify", "samples drawn, read again and compared with what is stored"),
    "estimate": ("jobs.commands.estimate:estimate", "what the whole corpora will cost, from a sample of shards"),
    "lookup": ("jobs.commands.show:lookup", "one concept: frequency, rank, expected performance"),
    "retry": ("jobs.commands.retry:retry", "try samples of some statuses again"),
    "migrate": ("jobs.commands.migrate:migrate", "bring a lake that an older release wrote up to this one"),
    "maintain": ("jobs.commands.maintain:maintain", "compact a lake's tables, and free what nobody needs any longer"),
    "doctor": ("jobs.commands.doctor:doctor", "what this machine and cluster can do"),
    "nouns": ("jobs.commands.nouns_and_tags:nouns", "captions in, nouns out: no lake, no Spark"),
    "tag": ("jobs.commands.nouns_and_tags:tag", "images in, tags out: no lake, no Spark"),
    "describe": (
        "jobs.commands.describe:describe",
        "concepts and texts about them to labels for RAM++: no lake, no Spark",
    ),
    "import-published": (
        "jobs.commands.import_published:import_published",
        "the paper's published results: PATH is a clone of the authors' repository, or a part of it",
    ),
    "reproduce": ("jobs.commands.reproduce:reproduce", "the paper's results, recomputed from what was imported"),
    "draw": ("jobs.commands.loop:draw", "draw the closed loop's corpus"),
    "train": ("jobs.commands.loop:train", "train the closed loop's model"),
    "demo": ("jobs.commands.loop:demo", "the closed loop: draw, train, run, compare with the truth"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr, level=arguments.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # py4j logs every call at info.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    module, _, function = COMMANDS[arguments.command][0].partition(":")
    try:
        settings = load_settings(arguments.config, _overrides(arguments))
        if settings.captions:
            # This process is ours alone, so that spaCy may do without torch in it: 500 MB less.
            import_spacy(settings.captions.pipeline)
        handler: Handler = getattr(import_module(module), function)
        return handler(settings, arguments)
    except ConceptfreqError as error:
        log.error("%s", error)
        return error.exit_status
    except BrokenPipeError:
        # Whoever read our output has seen enough, as `head` does.
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conceptfreq", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, text) in COMMANDS.items():
        command = subparsers.add_parser(name, help=text, description=text)
        if name == "import-published":
            command.add_argument("path", metavar="PATH", help="folder of the published results")
            command.add_argument("--config", required=True, metavar="CONFIG", help="settings, YAML or JSON")
        else:
            command.add_argument("config", metavar="CONFIG", help="settings, YAML or JSON")
        _add_own(name, command)
        _add_common(command)
    return parser


def _overrides(arguments: argparse.Namespace) -> list[str]:
    """The settings that the command line gives, as for --set."""
    fraction = arguments.max_bad_fraction
    return [*arguments.set, *([f"max_bad_fraction={fraction}"] if fraction else [])]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}: expected at least 1")
    return number


def _hours(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number}: expected at least 0")
    return number


def _add_own(name: str, command: argparse.ArgumentParser) -> None:
    if name == "counts":
        command.add_argument("--search", choices=("text", "image", "integrated"), required=True)
        command.add_argument("--corpus", metavar="NAME", help="only this corpus")
        command.add_argument("--list", metavar="NAME", help="only concepts of this list")
        command.add_argument("--threshold", type=float, metavar="T", help="only this threshold")
    if name in ("counts", "misalignment"):
        command.add_argument("--format", choices=FORMATS, default="csv")
        command.add_argument("--output", metavar="FILE", help="instead of stdout")
    if name == "audit":
        command.add_argument("--output", metavar="FILE", help="CSV, instead of stdout")
    if name == "verify":
        command.add_argument("--samples", type=_positive, default=200, metavar="N", help="drawn from each corpus")
    if name == "estimate":
        command.add_argument("--shards", type=_positive, default=8, metavar="N", help="of each corpus, at least")
        command.add_argument("--cores", type=_positive, metavar="C", help="that the hours are for; default: all here")
    if name in ("verify", "estimate"):
        command.add_argument("--seed", type=int, default=0, help="the same seed draws the same")
        command.add_argument("--corpus", metavar="NAME", help="only this corpus")
    if name == "reproduce":
        command.add_argument("--output", metavar="FILE.csv", help="the table; other tables and figures go beside it")
        command.add_argument("--document", metavar="FILE.md", help="what was reproduced, what not and why")
    if name == "retry":
        command.add_argument("--status", required=True, metavar="STATUS[,...]", help="as in decode_error,fetch_error")
    if name == "maintain":
        command.add_argument(
            "--retention-hours",
            type=_hours,
            metavar="H",
            help="keep what readers of versions this old need; default: 168",
        )
        command.add_argument("--unsafe-retention", action="store_true", help="allow less than 168 hours")
        command.add_argument("--drop-superseded", action="store_true", help="delete what is shown as superseded")
        command.add_argument(
            "--keep-runs", type=_positive, default=0, metavar="N", help="but not what the last N wrote"
        )
    if name == "nouns":
        command.add_argument("file", nargs="?", default="-", metavar="FILE", help="one caption a line; - for stdin")
        command.add_argument("--engine", choices=("fast", "spacy"), help="default: the settings' captions.engine")
    if name == "tag":
        command.add_argument("paths", nargs="+", metavar="PATH", help="image files")
        command.add_argument("--floor", type=float, help="show scores above it; default: the settings' floor")
    if name == "describe":
        command.add_argument("--descriptions", required=True, metavar="FILE.json", help="concept -> list of texts")
        command.add_argument("--output", required=True, metavar="FILE.safetensors", help="names go to a .txt beside it")
        command.add_argument("--mean", action="store_true", help="keep the mean of a concept's texts, not each of them")
        command.add_argument("--plain", action="store_true", help="a plain prompt for concepts without texts")
    if name == "lookup":
        command.add_argument("concept", metavar="CONCEPT")


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", action="append", default=[], metavar="path.to.key=value", help="override a setting (repeatable)"
    )
    command.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    command.add_argument("--max-shards", type=_positive, metavar="N", help="only the first N shards of each corpus")
    command.add_argument(
        "--max-bad-fraction", metavar="F", help="fail where a corpus or shard has more unusable samples; default: 0.5"
    )
    command.add_argument("--new-spec", action="store_true", help="start new results beside those of other settings")
    command.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"))
    command.add_argument("--json", action="store_true", help="the final summary as one JSON line on stdout")


if __name__ == "__main__":
    sys.exit(main())
