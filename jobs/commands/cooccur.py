"""The subcommand `cooccur`: the concepts most associated with one, or all pairs of a list, as rows or a heat map."""

from __future__ import annotations

import logging
from argparse import Namespace

import numpy as np
import pyarrow as pa

from jobs.analysis.search_words import above
from jobs.commands.figure_output import check_figure, write_figure
from jobs.commands.row_output import check_output, emit_table
from jobs.core.context import Context
from jobs.core.opening import open_to_read
from jobs.errors import SettingsError
from jobs.results.samples.cooccurrence import COOCCURRENCES, Cooccurrences, PairQuestion, cooccurrences
from jobs.results.samples.indexed import chosen_threshold, corpora_with_samples, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)

# Church and Hanks (1990) leave out pairs with up to 5 common occurrences: chance would lead a ranking by PMI.
LEAST = 6
ROWS = 20
# More names than this cannot be read beside a heat map.
DRAWN = 40


def cooccur(settings: Settings, arguments: Namespace) -> int:
    """Write the pairs, corpus by corpus, the most associated first; exit status 1 if there is none."""
    concept, figure = arguments.concept, arguments.figure
    limit = arguments.limit if "limit" in arguments else ROWS if concept else None
    least = arguments.min_pairs or (LEAST if concept else 1)
    context = Context.looking(settings, open_to_read(settings), "cooccur")
    threshold = chosen_threshold(settings, arguments.search, arguments.threshold)
    searched_halves(context, arguments.search)
    corpora = corpora_with_samples(context, arguments.corpus, "pairs are counted in samples")
    check_output(arguments.format, arguments.output)
    if figure:
        _check_figure(figure, concept, corpora)
    question = PairQuestion(arguments.search, threshold, concept, arguments.list, least)
    found = [_answer(context, corpus, question) for corpus in corpora]
    tables = [one.strongest(arguments.by, limit).table() for one in found]
    emit_table(pa.concat_tables([COOCCURRENCES.empty_table(), *tables]), arguments.format, arguments.output)
    if figure:
        _draw(found[0], figure)
    return 0 if any(len(one.pairs) for one in found) else 1


def _answer(context: Context, corpus: Corpus, question: PairQuestion) -> Cooccurrences:
    found = cooccurrences(context, corpus, question)
    hint = "; --min-pairs 1 shows every pair" if question.least > 1 and not len(found.pairs) else ""
    log.info("%s%s", found, hint)
    return found


def _check_figure(figure: str, concept: str | None, corpora: list[Corpus]) -> None:
    if concept is not None:
        raise SettingsError("--figure: a heat map shows the pairs of a list: leave CONCEPT out")
    if len(corpora) > 1:
        raise SettingsError(f"--figure: it shows one corpus: name it by --corpus: {', '.join(c.name for c in corpora)}")
    check_figure(figure)


def _draw(found: Cooccurrences, figure: str) -> None:
    # matplotlib takes most of a second to import.
    from jobs.figures.heat_map import heat_map

    names, npmi = found.matrix(DRAWN)
    if not names:
        log.warning("--figure %s: no two concepts occur together, so that nothing is drawn", figure)
        return
    search = above(found.question.search, found.question.threshold)
    title = f"{found.corpus}: concepts together, {search}"
    of_all = f"the {len(names)} most frequent of {np.count_nonzero(found.frequencies):,} concepts that occur"
    drawn = heat_map(names, npmi, title, f"{of_all}  ·  {found.samples:,} samples")
    write_figure(drawn, figure, title)
