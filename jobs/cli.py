"""The command `conceptfreq`: every job is a subcommand, and the same file is what spark-submit starts.

Exit status: 0 if everything planned is done; 1 if some of it is not, which the last lines name; 2 if the usage or the
settings are wrong.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, NamedTuple

from jobs.analysis.suspicions.kinds import KINDS
from jobs.commands.row_output import FORMATS, SAMPLE_FORMATS
from jobs.commands.terminal import explain, set_up_log
from jobs.core.lean_arrow import leave_out_pandas
from jobs.core.stage import ShardStage, Stage
from jobs.results.answers import ALIKE
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings
from jobs.stages.registry import STAGES
from udfs.attributes.names import ATTRIBUTES
from udfs.text.lean import claim_process

log = logging.getLogger("conceptfreq")

Handler = Callable[[Settings, argparse.Namespace], int]

# Options that several subcommands share.
DRY_RUN = "--dry-run"
MAX_SHARDS = "--max-shards"
MAX_BAD_FRACTION = "--max-bad-fraction"
NEW_SPEC = "--new-spec"
JSON = "--json"
WORK = (DRY_RUN, MAX_SHARDS, MAX_BAD_FRACTION, NEW_SPEC, JSON)


class Command(NamedTuple):
    """A subcommand: the module and function that do it, imported on demand; its help; which shared options it honours.

    argparse knows only these of it, and refuses the others. only_looks: whether it only shows what a lake holds.
    """

    handler: str
    help: str
    options: tuple[str, ...] = ()
    only_looks: bool = False


def _options(stage: Stage) -> tuple[str, ...]:
    """The shared options that a stage's subcommand honours."""
    if isinstance(stage, ShardStage):
        return WORK
    return (DRY_RUN, NEW_SPEC, JSON) if stage.refuse_changed else (DRY_RUN, JSON)


COMMANDS = {
    "run": Command("jobs.commands.run_stages:run_stages", "every stage that CONFIG asks for, in order", WORK),
    "watch": Command(
        "jobs.commands.watch:watch",
        "what run does, again whenever shards arrive",
        (DRY_RUN, MAX_BAD_FRACTION, NEW_SPEC, JSON),
    ),
    **{
        stage.name: Command("jobs.commands.run_stages:run_stages", stage.summary, _options(stage), stage.only_looks)
        for stage in STAGES
    },
    "counts": Command("jobs.commands.counts:counts", "frequencies by concept", only_looks=True),
    "misalignment": Command("jobs.commands.show:misalignment", "how often caption and image disagree", only_looks=True),
    "audit": Command(
        "jobs.commands.audit:audit_counts", "frequencies that deserve distrust, own and published", (JSON,), True
    ),
    "status": Command(
        "jobs.commands.show:status", "shards planned, done and failed, and why samples were rejected", (JSON,), True
    ),
    "verify": Command(
        "jobs.commands.verify:verify",
        "draw samples, read them again and compare them with the stored rows",
        (DRY_RUN, MAX_SHARDS, JSON),
    ),
    "estimate": Command(
        "jobs.commands.estimate:estimate",
        "the cost of the whole corpora, estimated from a sample of shards",
        (DRY_RUN, MAX_SHARDS, JSON),
    ),
    "lookup": Command("jobs.commands.show:lookup", "one concept: frequency, rank, expected performance", (JSON,), True),
    "plan": Command(
        "jobs.commands.plan:plan", "how many samples each concept needs for a score, by the law", only_looks=True
    ),
    "samples": Command(
        "jobs.commands.samples:samples", "the samples that hold a concept, as rows or as a webdataset", only_looks=True
    ),
    "cooccur": Command(
        "jobs.commands.cooccur:cooccur", "concepts that occur together, and how strongly associated", only_looks=True
    ),
    "corpus": Command(
        "jobs.commands.corpus:corpus", "what a corpus is like: languages, domains, sizes, repeats, words", (JSON,), True
    ),
    "retry": Command(
        "jobs.commands.retry:retry", "try samples of some statuses again", (DRY_RUN, MAX_SHARDS, MAX_BAD_FRACTION, JSON)
    ),
    "forget": Command(
        "jobs.commands.forget:forget_shards",
        "remove shards from the lake, with everything that was made from them",
        (DRY_RUN, JSON),
    ),
    "migrate": Command("jobs.commands.migrate:migrate", "bring a lake of an older release up to this one", (DRY_RUN,)),
    "maintain": Command(
        "jobs.commands.maintain:maintain",
        "compact a lake's tables, and delete the files that nobody needs any longer",
        (DRY_RUN, JSON),
    ),
    "doctor": Command(
        "jobs.commands.doctor:doctor", "check this machine, the cluster, and everything that the settings name", (JSON,)
    ),
    "nouns": Command("jobs.commands.nouns_and_tags:nouns", "captions in, nouns out: no lake, no Spark"),
    "tag": Command("jobs.commands.nouns_and_tags:tag", "images in, tags out: no lake, no Spark"),
    "describe": Command(
        "jobs.commands.describe:describe", "make labels for RAM++ from texts about concepts: no lake, no Spark"
    ),
    "import-published": Command(
        "jobs.commands.import_published:import_published",
        "import the paper's published results: PATH is a clone of the authors' repository, or a part of it",
        (DRY_RUN, JSON),
    ),
    "reproduce": Command(
        "jobs.commands.reproduce:reproduce", "recompute the paper's results from the imported ones", (DRY_RUN, JSON)
    ),
    "draw": Command("jobs.commands.loop:draw", "draw the closed loop's corpus", (DRY_RUN,)),
    "train": Command("jobs.commands.loop:train", "train the closed loop's model", (DRY_RUN,)),
    "demo": Command(
        "jobs.commands.loop:demo",
        "the closed loop: draw, train, run, compare with the truth",
        (DRY_RUN, MAX_BAD_FRACTION, NEW_SPEC, JSON),
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    arguments = arguments_of(argv)
    set_up_log(arguments.log_level)
    command = COMMANDS[arguments.command]
    module, _, function = command.handler.partition(":")
    try:
        settings = load_settings(arguments.config, _overrides(arguments))
        # spaCy may do without torch in it: 500 MB less.
        claim_process()
        if command.only_looks:
            leave_out_pandas()
        handler: Handler = getattr(import_module(module), function)
        return handler(settings, arguments)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has closed it.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        log.error("interrupted: finished work is kept; start the same command again to go on")
        return 1
    except Exception as error:
        return explain(error)


def arguments_of(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; one that is unknown ends the program with exit status 2 and the subcommand's usage."""
    arguments, unknown = _parser().parse_known_args(argv)
    if unknown:
        arguments.refuse(f"{' '.join(unknown)}: {arguments.command} has no such option or argument")
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conceptfreq", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, text, options, _) in COMMANDS.items():
        command = subparsers.add_parser(name, help=text, description=text)
        if name == "import-published":
            command.add_argument("path", metavar="PATH", help="folder of the published results")
            command.add_argument("--config", required=True, metavar="CONFIG", help="settings, YAML or JSON")
        else:
            command.add_argument("config", metavar="CONFIG", help="settings, YAML or JSON")
        command.set_defaults(refuse=command.error)
        _add_own(name, command)
        _add_common(command, options)
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


def _share(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a share above 0, up to 1")
    return number


def _points(text: str) -> float:
    number = float(text)
    if not 0 < number <= 100:
        raise argparse.ArgumentTypeError(f"{text}: expected points above 0, up to 100")
    return number


def _limit(text: str) -> int | None:
    return None if text == "all" else _positive(text)


def _state(text: str) -> int | datetime:
    """A version's number or a moment; a date alone is its first moment, and no zone means UTC."""
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: expected the number of a version or an ISO date or time") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


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
        since = "what changed since this version of concept_counts, or this ISO date or time (UTC)"
        view = command.add_mutually_exclusive_group()
        view.add_argument("--since", type=_state, metavar="VERSION|DATE", help=since)
        view.add_argument("--distinct", choices=ALIKE, help="also count what differs in this among the samples")
        by = "break each frequency down by this attribute of the samples"
        view.add_argument("--by", choices=ATTRIBUTES, help=by)
    if name == "plan":
        wanted = command.add_mutually_exclusive_group(required=True)
        wanted.add_argument("--target", type=_share, metavar="SHARE", help="a score of so much, from 0 to 1")
        wanted.add_argument("--gain", type=_points, metavar="POINTS", help="so many points of a hundred more than now")
    if name in ("counts", "misalignment", "plan"):
        command.add_argument("--format", choices=FORMATS, default="csv")
        command.add_argument("--output", metavar="FILE", help="write to this file, not to stdout")
    if name == "audit":
        command.add_argument("--output", metavar="FILE", help="write the CSV to this file, not to stdout")
        command.add_argument("--kind", choices=KINDS, action="append", help="only findings of this kind; repeatable")
        command.add_argument("--concept", metavar="NAME", help="only findings that name this concept")
        command.add_argument("--top", type=_positive, metavar="N", help="only the N heaviest findings of each kind")
    if name == "watch":
        help_text = "handle the shards that are there, then end as run does"
        command.add_argument("--available-now", action="store_true", help=help_text)
    if name == "verify":
        samples = "samples to draw from each corpus; default: 200"
        command.add_argument("--samples", type=_positive, default=200, metavar="N", help=samples)
    if name == "estimate":
        shards = "at least so many shards of each corpus; default: 8"
        command.add_argument("--shards", type=_positive, default=8, metavar="N", help=shards)
        cores = "the cores that the hours are for; default: all of this machine"
        command.add_argument("--cores", type=_positive, metavar="C", help=cores)
    if name == "corpus":
        command.add_argument("--corpus", metavar="NAME", help="only this corpus")
        top = "so many languages, domains, nouns and tags; default: 10"
        command.add_argument("--top", type=_positive, default=10, metavar="N", help=top)
        command.add_argument("--output", metavar="FILE.html", help="write them as one HTML page")
    if name in ("verify", "estimate"):
        command.add_argument("--seed", type=int, default=0, help="the same seed gives the same draw")
        command.add_argument("--corpus", metavar="NAME", help="only this corpus")
    if name == "reproduce":
        command.add_argument("--output", metavar="FILE.csv", help="the table; other tables and figures go beside it")
        command.add_argument(
            "--document", metavar="FILE.md", help="a document of the results, with the reasons why others are absent"
        )
    if name == "retry":
        statuses = "the statuses to try again, as in decode_error,fetch_error"
        command.add_argument("--status", required=True, metavar="STATUS[,...]", help=statuses)
    if name == "forget":
        which = command.add_mutually_exclusive_group(required=True)
        which.add_argument("--vanished", action="store_true", help="all shards that are no longer listed")
        which.add_argument("--shard", action="append", metavar="NAME", help="this shard, listed or not (repeatable)")
        command.add_argument("--corpus", metavar="NAME", help="only this corpus")
    if name == "maintain":
        command.add_argument(
            "--retention-hours",
            type=_hours,
            metavar="H",
            help="keep the files of versions up to this old; default: 168",
        )
        command.add_argument("--unsafe-retention", action="store_true", help="allow less than 168 hours")
        command.add_argument(
            "--drop-superseded", action="store_true", help="delete the rows that are shown as superseded"
        )
        command.add_argument(
            "--keep-runs", type=_positive, default=0, metavar="N", help="but keep the specs of the last N runs"
        )
    if name == "nouns":
        command.add_argument("file", nargs="?", default="-", metavar="FILE", help="one caption per line; - for stdin")
        command.add_argument("--engine", choices=("fast", "spacy"), help="default: captions.engine of the settings")
    if name == "tag":
        command.add_argument("paths", nargs="+", metavar="PATH", help="image files")
        command.add_argument("--floor", type=float, help="show scores above it; default: the floor of the settings")
    if name == "describe":
        command.add_argument(
            "--descriptions", required=True, metavar="FILE.json", help="JSON: concept -> list of texts"
        )
        command.add_argument(
            "--output", required=True, metavar="FILE.safetensors", help="the names go to a .txt beside it"
        )
        command.add_argument("--mean", action="store_true", help="keep the mean of a concept's texts, not each of them")
        command.add_argument("--plain", action="store_true", help="use a plain prompt for concepts without texts")
    if name in ("lookup", "samples"):
        command.add_argument("concept", metavar="CONCEPT")
    if name == "lookup":
        terms = "show which keys of captions and which labels of images were asked for"
        command.add_argument("--terms", action="store_true", help=terms)
    if name == "samples":
        command.add_argument("--search", choices=("text", "image", "integrated"), default="text")
        command.add_argument("--threshold", type=float, metavar="T", help="default: the first of the settings")
        command.add_argument("--without", metavar="CONCEPT", help="only samples that do not hold this concept")
        command.add_argument("--corpus", metavar="NAME", help="only this corpus")
        command.add_argument(
            "--limit", type=_limit, default=20, metavar="N", help="so many samples, or all; default: 20"
        )
        command.add_argument("--seed", type=int, default=0, help="the same seed gives the same draw")
        command.add_argument("--format", choices=SAMPLE_FORMATS, default="csv")
        command.add_argument("--output", metavar="FILE|DIR", help="write to this file, or this folder of a webdataset")
    if name == "cooccur":
        concept = "only its pairs, on a list or not; without it, all pairs of the lists"
        command.add_argument("concept", nargs="?", metavar="CONCEPT", help=concept)
        command.add_argument("--search", choices=("text", "image", "integrated"), default="text")
        command.add_argument("--threshold", type=float, metavar="T", help="default: the first of the settings")
        command.add_argument("--corpus", metavar="NAME", help="only this corpus")
        command.add_argument("--list", metavar="NAME", help="only concepts of this list")
        limit = "so many pairs of each corpus, or all; default: 20 with a CONCEPT, otherwise all"
        command.add_argument("--limit", type=_limit, default=argparse.SUPPRESS, metavar="N", help=limit)
        command.add_argument("--by", choices=("npmi", "pmi", "g2", "pairs"), default="npmi", help="what ranks pairs")
        least = "leave out pairs with fewer common samples; default: 6 with a CONCEPT, otherwise 1"
        command.add_argument("--min-pairs", type=_positive, metavar="N", help=least)
        command.add_argument("--format", choices=FORMATS, default="csv")
        command.add_argument("--output", metavar="FILE", help="write to this file, not to stdout")
        command.add_argument("--figure", metavar="FILE.svg|.png", help="draw the pairs of a list as a heat map")


def _add_common(command: argparse.ArgumentParser, options: Collection[str]) -> None:
    command.add_argument(
        "--set", action="append", default=[], metavar="path.to.key=value", help="override a setting (repeatable)"
    )
    known: dict[str, dict[str, Any]] = {
        MAX_SHARDS: {"type": _positive, "metavar": "N", "help": "only the first N shards of each corpus"},
        MAX_BAD_FRACTION: {
            "metavar": "F",
            "help": "fail if a larger share of a corpus or shard is unusable; default: 0.5",
        },
        NEW_SPEC: {"action": "store_true", "help": "start new results beside those of other settings"},
        DRY_RUN: {"action": "store_true", "help": "print the plan and stop"},
        JSON: {"action": "store_true", "help": "print the final summary as one JSON line on stdout"},
    }
    # Handlers that several commands share ask for all of them.
    command.set_defaults(max_shards=None, max_bad_fraction=None, new_spec=False, dry_run=False, json=False)
    # A dry run has no summary.
    plan_or_summary = command.add_mutually_exclusive_group() if {DRY_RUN, JSON} <= set(options) else command
    for option in (option for option in known if option in options):
        (plan_or_summary if option in (DRY_RUN, JSON) else command).add_argument(option, **known[option])
    command.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"))


if __name__ == "__main__":
    sys.exit(main())
