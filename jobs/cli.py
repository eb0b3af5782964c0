"""The command `conceptfreq`: every job is a subcommand, and the same file is what spark-submit starts.

Exit status: 0 if everything planned is done; 1 if some of it is not, which the last lines name; 2 if the usage or the
settings are wrong.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from jobs.commands.argument_values import positive
from jobs.commands.arguments import add_own
from jobs.commands.terminal import explain, set_up_log
from jobs.core.lean_arrow import leave_out_pandas
from jobs.core.stage import ShardStage, Stage
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings
from jobs.stages.registry import STAGES
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
    "misalignment": Command(
        "jobs.commands.misalignment:misalignment", "how often caption and image disagree", only_looks=True
    ),
    "audit": Command(
        "jobs.commands.audit:audit_counts", "frequencies that deserve distrust, own and published", (JSON,), True
    ),
    "status": Command(
        "jobs.commands.status:status", "shards planned, done and failed, and why samples were rejected", (JSON,), True
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
    "lookup": Command(
        "jobs.commands.lookup:lookup", "one concept: frequency, rank, expected performance", (JSON,), True
    ),
    "classes": Command(
        "jobs.commands.classes:classes", "what models take each class for, and how sure they are", only_looks=True
    ),
    "plan": Command(
        "jobs.commands.plan:plan", "how many samples each concept needs for a score, by the law", only_looks=True
    ),
    "forms": Command(
        "jobs.commands.forms:forms", "which form the law has: linear, logistic, power or hinge", only_looks=True
    ),
    "joint": Command(
        "jobs.commands.joint:joint", "what text and image search each tell beside the other", only_looks=True
    ),
    "similarity": Command(
        "jobs.commands.similarity:similarity", "how near test images lie to a corpus, and the law beside that nearness"
    ),
    "compare-definitions": Command(
        "jobs.commands.compare_definitions:compare",
        "which definition of frequency predicts scores best, own, published and of other groups",
        only_looks=True,
    ),
    "samples": Command(
        "jobs.commands.samples:samples", "the samples that hold a concept, as rows or as a webdataset", only_looks=True
    ),
    "cooccur": Command(
        "jobs.commands.cooccur:cooccur", "concepts that occur together, and how strongly associated", only_looks=True
    ),
    "senses": Command(
        "jobs.commands.senses:senses", "what goes with a name, and its uses: crane, the bird or the machine", (), True
    ),
    "presence": Command(
        "jobs.commands.presence:presence", "how often images show what captions name, by concept", (), True
    ),
    "tails": Command(
        "jobs.commands.tails:tails",
        "how rare concepts are, own and published, and corpora against each other",
        (),
        True,
    ),
    "longtail": Command(
        "jobs.commands.longtail:longtail", "the rarest well-defined concepts, and the law over them", (), True
    ),
    "balance": Command(
        "jobs.commands.balance:balance",
        "the samples of a corpus that is cut to balance, as MetaCLIP's",
        only_looks=True,
    ),
    "annotate": Command(
        "jobs.commands.annotate:annotate_corpora",
        "webdatasets written again with the concepts of each sample, for samplers such as CABS's",
        only_looks=True,
    ),
    "label": Command(
        "jobs.commands.label:label", "pairs of a concept and a sample to judge: a page, or rows", only_looks=True
    ),
    "precision": Command(
        "jobs.commands.precision:precision",
        "precision and recall from labels, with frequencies, thresholds and the law corrected",
        only_looks=True,
    ),
    "corpus": Command(
        "jobs.commands.corpus:corpus", "what a corpus is like: languages, domains, sizes, repeats, words", (JSON,), True
    ),
    "explore": Command(
        "jobs.commands.explore:explore", "a web app over the lake, on this machine unless told otherwise"
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
    "concepts": Command(
        "jobs.commands.concepts:concepts", "a concept list of the nouns in captions or prompts: no lake, no Spark"
    ),
    "expand": Command(
        "jobs.commands.expand:expand",
        "aliases from WordNet for the concepts of a list, with their frequencies",
        only_looks=True,
    ),
    "tag": Command("jobs.commands.nouns_and_tags:tag", "images in, tags out: no lake, no Spark"),
    "describe": Command(
        "jobs.commands.describe:describe", "make labels for RAM++ from texts about concepts: no lake, no Spark"
    ),
    "import-published": Command(
        "jobs.commands.import_published:import_published",
        "import the paper's published results: PATH is a clone of the authors' repository, or a part of it",
        (DRY_RUN, JSON),
    ),
    "import-frequencies": Command(
        "jobs.commands.import_frequencies:import_frequencies",
        "import frequencies that other groups counted: PATH is a table, or a clone of one that is known",
        (DRY_RUN,),
    ),
    "import-scores": Command(
        "jobs.commands.import_scores:import_scores",
        "import scores per concept that somebody else measured, to be fitted against own counts",
        (DRY_RUN,),
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
        command.set_defaults(refuse=command.error)
        add_own(name, command)
        _add_common(command, options)
    return parser


def _overrides(arguments: argparse.Namespace) -> list[str]:
    """The settings that the command line gives, as for --set."""
    fraction = arguments.max_bad_fraction
    return [*arguments.set, *([f"max_bad_fraction={fraction}"] if fraction else [])]


def _add_common(command: argparse.ArgumentParser, options: Collection[str]) -> None:
    command.add_argument(
        "--set", action="append", default=[], metavar="path.to.key=value", help="override a setting (repeatable)"
    )
    known: dict[str, dict[str, Any]] = {
        MAX_SHARDS: {"type": positive, "metavar": "N", "help": "only the first N shards of each corpus"},
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
