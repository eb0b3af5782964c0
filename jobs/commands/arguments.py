"""The arguments of each subcommand that it does not share with others."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import get_args

from jobs.analysis.suspicions.kinds import KINDS
from jobs.commands.argument_values import hours, limit, points, port, positive, share, state
from jobs.commands.row_output import FORMATS, SAMPLE_FORMATS
from jobs.concepts.wordnet import DEBIAN
from jobs.results.counts.answers import ALIKE
from udfs.attributes.names import ATTRIBUTES
from udfs.counting.judged import Judged

Parser = argparse.ArgumentParser

SEARCHES = ("text", "image", "integrated")
CONFIG = "settings, YAML or JSON"


# The commands that take a path first, by the path's name in the usage and its help; CONFIG is an option there.
PATHS: Mapping[str, tuple[str, str]] = {
    "import-published": ("PATH", "folder of the published results"),
    "import-frequencies": ("PATH", "CSV or Parquet, a path or a URI, or a clone of a known table (docs/tables.md)"),
    "import-scores": ("FILE", "CSV or Parquet, a path or a URI (docs/scores.md)"),
}


def add_own(name: str, command: Parser) -> None:
    """The arguments that only the subcommand `name` has, CONFIG among them."""
    if name in PATHS:
        metavar, path = PATHS[name]
        command.add_argument("path", metavar=metavar, help=path)
        command.add_argument("--config", required=True, metavar="CONFIG", help=CONFIG)
    else:
        command.add_argument("config", metavar="CONFIG", help=CONFIG)
    if name in OWN:
        OWN[name](command)


def _add_corpus(command: Parser) -> None:
    command.add_argument("--corpus", metavar="NAME", help="only this corpus")


def _add_corpora(command: Parser) -> None:
    command.add_argument("--corpus", metavar="NAME", action="append", help="only this corpus; repeatable")


def _add_list(command: Parser) -> None:
    command.add_argument("--list", metavar="NAME", help="only concepts of this list")


def _add_seed(command: Parser) -> None:
    command.add_argument("--seed", type=int, default=0, help="the same seed gives the same draw")


def _add_rows(command: Parser) -> None:
    command.add_argument("--format", choices=FORMATS, default="csv")
    command.add_argument("--output", metavar="FILE", help="write to this file, not to stdout")


def _add_threshold(command: Parser) -> None:
    command.add_argument("--threshold", type=float, metavar="T", help="only this threshold")


def _add_one_search(command: Parser) -> None:
    command.add_argument("--search", choices=SEARCHES, default="text")
    command.add_argument("--threshold", type=float, metavar="T", help="default: the first of the settings")


def _counts(command: Parser) -> None:
    command.add_argument("--search", choices=SEARCHES, required=True)
    _add_corpus(command)
    _add_list(command)
    _add_threshold(command)
    since = "what changed since this version of concept_counts, or this ISO date or time (UTC)"
    view = command.add_mutually_exclusive_group()
    view.add_argument("--since", type=state, metavar="VERSION|DATE", help=since)
    view.add_argument("--distinct", choices=ALIKE, help="also count what differs in this among the samples")
    by = "break each frequency down by this attribute of the samples"
    view.add_argument("--by", choices=ATTRIBUTES, help=by)
    parts = "of concepts that lists define by more than a name: each alias, their union, what exclusions take away"
    view.add_argument("--parts", action="store_true", help=parts)
    _add_rows(command)


def _plan(command: Parser) -> None:
    wanted = command.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--target", type=share, metavar="SHARE", help="a score of so much, from 0 to 1")
    wanted.add_argument("--gain", type=points, metavar="POINTS", help="so many points of a hundred more than now")
    _add_rows(command)


def _audit(command: Parser) -> None:
    command.add_argument("--output", metavar="FILE", help="write the CSV to this file, not to stdout")
    command.add_argument("--kind", choices=KINDS, action="append", help="only findings of this kind; repeatable")
    command.add_argument("--concept", metavar="NAME", help="only findings that name this concept")
    command.add_argument("--top", type=positive, metavar="N", help="only the N heaviest findings of each kind")


def _watch(command: Parser) -> None:
    help_text = "handle the shards that are there, then end as run does"
    command.add_argument("--available-now", action="store_true", help=help_text)


def _verify(command: Parser) -> None:
    samples = "samples to draw from each corpus; default: 200"
    command.add_argument("--samples", type=positive, default=200, metavar="N", help=samples)
    _add_seed(command)
    _add_corpus(command)


def _estimate(command: Parser) -> None:
    shards = "at least so many shards of each corpus; default: 8"
    command.add_argument("--shards", type=positive, default=8, metavar="N", help=shards)
    cores = "the cores that the hours are for; default: all of this machine"
    command.add_argument("--cores", type=positive, metavar="C", help=cores)
    _add_seed(command)
    _add_corpus(command)


def _corpus(command: Parser) -> None:
    _add_corpus(command)
    top = "so many languages, domains, nouns and tags; default: 10"
    command.add_argument("--top", type=positive, default=10, metavar="N", help=top)
    command.add_argument("--output", metavar="FILE.html", help="write them as one HTML page")


def _reproduce(command: Parser) -> None:
    command.add_argument("--output", metavar="FILE.csv", help="the table; other tables and figures go beside it")
    command.add_argument(
        "--document", metavar="FILE.md", help="a document of the results, with the reasons why others are absent"
    )


def _retry(command: Parser) -> None:
    statuses = "the statuses to try again, as in decode_error,fetch_error"
    command.add_argument("--status", required=True, metavar="STATUS[,...]", help=statuses)


def _forget(command: Parser) -> None:
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--vanished", action="store_true", help="all shards that are no longer listed")
    which.add_argument("--shard", action="append", metavar="NAME", help="this shard, listed or not (repeatable)")
    _add_corpus(command)


def _maintain(command: Parser) -> None:
    retention = "keep the files of versions up to this old; default: 168"
    command.add_argument("--retention-hours", type=hours, metavar="H", help=retention)
    command.add_argument("--unsafe-retention", action="store_true", help="allow less than 168 hours")
    command.add_argument("--drop-superseded", action="store_true", help="delete the rows that are shown as superseded")
    keep = "but keep the specs of the last N runs"
    command.add_argument("--keep-runs", type=positive, default=0, metavar="N", help=keep)


def _nouns(command: Parser) -> None:
    command.add_argument("file", nargs="?", default="-", metavar="FILE", help="one caption per line; - for stdin")
    command.add_argument("--engine", choices=("fast", "spacy"), help="default: captions.engine of the settings")


def _tag(command: Parser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH", help="image files")
    command.add_argument("--floor", type=float, help="show scores above it; default: the floor of the settings")


def _describe(command: Parser) -> None:
    command.add_argument("--descriptions", required=True, metavar="FILE.json", help="JSON: concept -> list of texts")
    command.add_argument("--output", required=True, metavar="FILE.safetensors", help="the names go to a .txt beside it")
    command.add_argument("--mean", action="store_true", help="keep the mean of a concept's texts, not each of them")
    command.add_argument("--plain", action="store_true", help="use a plain prompt for concepts without texts")


def _expand(command: Parser) -> None:
    command.add_argument("list", metavar="LIST", nargs="?", help="a concept list of the settings")
    command.add_argument("--names", metavar="FILE", help="a concept list in this file instead")
    folder = "the folder of WordNet's data.noun and index.noun; default: that of Debian's wordnet-base"
    command.add_argument("--wordnet", metavar="FOLDER", default=DEBIAN, help=folder)
    command.add_argument("--output", required=True, metavar="FILE.yaml", help="the list to edit, a new file")
    _add_one_search(command)
    _add_corpus(command)


def _lookup(command: Parser) -> None:
    command.add_argument("concept", metavar="CONCEPT")
    terms = "show which keys of captions and which labels of images were asked for"
    command.add_argument("--terms", action="store_true", help=terms)


def _compare_definitions(command: Parser) -> None:
    _add_corpora(command)
    command.add_argument("--sets", metavar="NAME[,...]", help="only the concepts of these sets")
    only = "compare only this one and others so named; repeatable; default: every definition"
    command.add_argument("--definition", metavar="NAME", action="append", help=only)
    zeros = "only over concepts that every definition finds, so that no zero decides"
    command.add_argument("--without-zeros", action="store_true", help=zeros)
    latent = "write the latent frequency of each concept, with its interval"
    command.add_argument("--latent", metavar="FILE.csv|.parquet", help=latent)
    _add_rows(command)
    command.add_argument("--figure", metavar="FILE.svg|.png", help="draw how well each definition predicts")


def _joint(command: Parser) -> None:
    two = "instead of text and image search this definition of frequency and another one so named, as in wen"
    command.add_argument("--definition", metavar="NAME", action="append", help=two)
    _add_rows(command)


def _samples(command: Parser) -> None:
    command.add_argument("concept", metavar="CONCEPT")
    _add_one_search(command)
    command.add_argument("--without", metavar="CONCEPT", help="only samples that do not hold this concept")
    _add_corpus(command)
    command.add_argument("--limit", type=limit, default=20, metavar="N", help="so many samples, or all; default: 20")
    _add_seed(command)
    command.add_argument("--format", choices=SAMPLE_FORMATS, default="csv")
    command.add_argument("--output", metavar="FILE|DIR", help="write to this file, or this folder of a webdataset")


def _explore(command: Parser) -> None:
    host = "the address to listen on; on one that others reach a token is needed; default: 127.0.0.1"
    command.add_argument("--host", metavar="ADDRESS", help=host)
    command.add_argument("--port", type=port, metavar="N", help="0 for any that is free; default: 8765")
    behind = "as a Databricks App: at the app's port, for whoever signed in there, and without a token"
    command.add_argument("--behind", choices=["databricks"], help=behind)
    command.add_argument("--images", action="store_true", help="show small pictures of samples")


def _tails(command: Parser) -> None:
    command.add_argument("--search", choices=SEARCHES, help="only this search")
    _add_corpora(command)
    _add_list(command)
    _add_threshold(command)
    across = "compare every two corpora, by concept over all lists, instead"
    command.add_argument("--across", action="store_true", help=across)
    _add_rows(command)
    command.add_argument("--figure", metavar="FILE.svg|.png", help="draw the tails, or with --across the comparisons")


def _longtail(command: Parser) -> None:
    concepts = "so many of the rarest; default: 290, as Let it Wag! has"
    command.add_argument("--concepts", type=positive, default=290, metavar="N", help=concepts)
    command.add_argument("--search", choices=SEARCHES, default="text")
    threshold = "default: the highest at which every corpus is counted"
    command.add_argument("--threshold", type=float, metavar="T", help=threshold)
    _add_corpora(command)
    found_in = "only concepts that are found in at least so many corpora; default: 1"
    command.add_argument("--found-in", type=positive, default=1, metavar="N", help=found_in)
    most = "only concepts that no corpus has more often"
    command.add_argument("--max-frequency", type=positive, metavar="F", help=most)
    audited = command.add_mutually_exclusive_group()
    kind = "leave out what a finding of this kind names; repeatable; default: those about single frequencies"
    audited.add_argument("--kind", choices=KINDS, action="append", help=kind)
    audited.add_argument("--no-audit", action="store_true", help="leave nothing out because of a finding")
    _add_rows(command)


def _balance(command: Parser) -> None:
    cap = "so many samples are drawn by each concept that has more, on average"
    command.add_argument("--cap", type=positive, required=True, metavar="T", help=cap)
    _add_one_search(command)
    _add_corpus(command)
    _add_list(command)
    _add_seed(command)
    command.add_argument("--format", choices=("csv", "json"), default="csv", help="of the concepts on stdout")
    output = "write the keys of the kept samples to this Parquet file, or a file per corpus to this new folder"
    command.add_argument("--output", required=True, metavar="FILE.parquet|DIR", help=output)


def _annotate(command: Parser) -> None:
    _add_one_search(command)
    _add_corpus(command)
    _add_list(command)
    command.add_argument("--format", choices=("csv", "json"), default="csv", help="of the corpora on stdout")
    output = "write each corpus to a folder of its name in this one, which all executors must reach; a path or a URI"
    command.add_argument("--output", required=True, metavar="DIR", help=output)


def _label(command: Parser) -> None:
    judge = "what people judge; default: the image if images are searched, else the caption"
    command.add_argument("--judge", choices=get_args(Judged), help=judge)
    pairs = "about so many pairs of each corpus; default: 500"
    command.add_argument("--pairs", type=positive, default=500, metavar="N", help=pairs)
    _add_corpus(command)
    _add_list(command)
    _add_seed(command)
    command.add_argument("--no-images", action="store_true", help="put no image into the page")
    command.add_argument("--format", choices=FORMATS, default="csv", help="of the pairs, if no page is written")
    output = "write a page to judge them on; or the pairs as rows, if the name does not end in .html"
    command.add_argument("--output", metavar="FILE.html|FILE", help=output)


def _precision(command: Parser) -> None:
    command.add_argument("labels", metavar="LABELS.csv", help="the labels, as the page of `label` saves them")
    _add_list(command)
    least = "choose the lowest threshold of a concept with this precision, not that of the highest F1"
    command.add_argument("--least-precision", type=share, metavar="P", help=least)
    command.add_argument("--format", choices=FORMATS, default="csv")
    output = "write to this file, and the tables of concepts, frequencies and laws beside it"
    command.add_argument("--output", metavar="FILE", help=output)


def _cooccur(command: Parser) -> None:
    concept = "only its pairs, on a list or not; without it, all pairs of the lists"
    command.add_argument("concept", nargs="?", metavar="CONCEPT", help=concept)
    _add_one_search(command)
    _add_corpus(command)
    _add_list(command)
    most = "so many pairs of each corpus, or all; default: 20 with a CONCEPT, otherwise all"
    command.add_argument("--limit", type=limit, default=argparse.SUPPRESS, metavar="N", help=most)
    command.add_argument("--by", choices=("npmi", "pmi", "g2", "pairs"), default="npmi", help="what ranks pairs")
    least = "leave out pairs with fewer common samples; default: 6 with a CONCEPT, otherwise 1"
    command.add_argument("--min-pairs", type=positive, metavar="N", help=least)
    _add_rows(command)
    command.add_argument("--figure", metavar="FILE.svg|.png", help="draw the pairs of a list as a heat map")


def _similarity(command: Parser) -> None:
    _add_corpus(command)
    images = "write each test image with its nearest sample to this file (.parquet, else CSV)"
    command.add_argument("--images", metavar="FILE", help=images)
    command.add_argument("--figures", metavar="FOLDER", help="draw each fit into this folder (.svg)")
    _add_rows(command)


def _senses(command: Parser) -> None:
    command.add_argument("concept", metavar="CONCEPT", help="on a list or not")
    command.add_argument("--threshold", type=float, metavar="T", help="of tags; default: the first of the settings")
    _add_corpus(command)
    _add_rows(command)


def _presence(command: Parser) -> None:
    _add_corpus(command)
    _add_list(command)
    _add_threshold(command)
    _add_rows(command)


def _concepts(command: Parser) -> None:
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--from-captions", metavar="NAME", help="of this evaluation set or corpus")
    source.add_argument("--from-prompts", metavar="FILE", help="of a text file, one prompt per line; - for stdin")
    least = "leave out nouns that fewer captions hold; default: 1"
    command.add_argument("--min", type=positive, default=1, metavar="N", help=least)
    command.add_argument("--output", metavar="FILE", help="write to this file (.csv), not to stdout")


OWN: Mapping[str, Callable[[Parser], None]] = {
    "counts": _counts,
    "misalignment": _add_rows,
    "audit": _audit,
    "watch": _watch,
    "verify": _verify,
    "estimate": _estimate,
    "expand": _expand,
    "lookup": _lookup,
    "classes": _add_rows,
    "plan": _plan,
    "forms": _add_rows,
    "joint": _joint,
    "similarity": _similarity,
    "compare-definitions": _compare_definitions,
    "samples": _samples,
    "cooccur": _cooccur,
    "senses": _senses,
    "presence": _presence,
    "tails": _tails,
    "longtail": _longtail,
    "balance": _balance,
    "annotate": _annotate,
    "label": _label,
    "precision": _precision,
    "explore": _explore,
    "corpus": _corpus,
    "retry": _retry,
    "forget": _forget,
    "maintain": _maintain,
    "nouns": _nouns,
    "concepts": _concepts,
    "tag": _tag,
    "describe": _describe,
    "reproduce": _reproduce,
}
