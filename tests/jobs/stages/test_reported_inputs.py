"""Inputs rebuilt from public bug reports, in one run of the command line: the right count, or a refusal that says why.

`../shared/corpora/reports/EXPECTED.csv` says in words what a careful reader gets.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

ROOT = Path(__file__).resolve().parents[3]
CONCEPTS = ("dog", "cat", "sofa")
# No shard has one of the format's extensions: refused before Spark starts.
REFUSED = "flickr8k_txt"


@dataclass(frozen=True)
class Answer:
    """Captions with a dog, with a cat, and all that were searched; `said` stands in the corpus's last words, if any."""

    dogs: int
    cats: int
    samples: int
    said: str | None = None


ANSWERS = {
    "cc12m": Answer(0, 3, 3),
    "csv_bom": Answer(1, 0, 1),
    "csv_bom_quoted": Answer(2, 0, 2),
    "csv_capital": Answer(1, 0, 1),
    "csv_cr": Answer(2, 1, 2),
    "csv_header_only": Answer(1, 0, 1),
    "csv_mac": Answer(2, 0, 2),
    "csv_newline": Answer(2, 1, 2),
    # Its first row is a reject.
    "csv_openquote": Answer(4, 0, 4),
    "csv_semicolon": Answer(2, 0, 2),
    "flickr30k_opt": Answer(2, 0, 2),
    "flickr8k_token": Answer(2, 0, 2),
    "pq_bad": Answer(1, 0, 1, "cut.parquet 0 of 1, lfs.parquet 0 of 1"),
    "pq_dotcol": Answer(1, 0, 1),
    "pq_dupcol": Answer(0, 0, 0, "2 columns are named caption"),
    "pq_failed": Answer(2, 0, 2),
    "pq_floatkey": Answer(4, 0, 4),
    "pq_images": Answer(0, 0, 0, "set `caption` to texts.user or texts.assistant"),
    "pq_int": Answer(1, 0, 3),
    "pq_jsonlist": Answer(1, 1, 4),
    "pq_listdict": Answer(1, 1, 2),
    "pq_liststruct": Answer(0, 0, 0, "set `caption` to sentences.raw"),
    "pq_listview": Answer(1, 1, 2),
    "pq_long": Answer(2, 0, 3),
    "pq_nullkey": Answer(3, 1, 4),
    "pq_nulls": Answer(1, 0, 1, "no caption in column caption"),
    "pq_recap": Answer(0, 0, 0, "the columns are url (string), re_caption (string), org_caption (string)"),
    "pq_struct": Answer(0, 0, 0, "set `caption` to caption.en or caption.de"),
    # TEXT comes before caption.
    "pq_twocaps": Answer(0, 0, 1),
    "pq_types": Answer(7, 7, 14),
    "pq_zero": Answer(1, 0, 1),
    "tsv_gz_plain": Answer(2, 0, 2),
    "tsv_quote": Answer(3, 0, 3),
    "utf16_csv": Answer(2, 0, 2),
    "utf16_tsv": Answer(2, 0, 2),
    "wds_dots": Answer(3, 0, 3),
    "wds_dup": Answer(1, 0, 1),
    "wds_empty": Answer(1, 0, 1, "zero.tar 0 of 1"),
    "wds_ext": Answer(6, 0, 6),
    "wds_gz_as_tar": Answer(1, 0, 1),
    "wds_jsonlist": Answer(3, 0, 3),
    "wds_metaclip": Answer(3, 0, 3),
    "wds_names": Answer(3, 0, 3),
    "wds_names_pax": Answer(3, 0, 3),
    "wds_seg": Answer(3, 0, 3),
    "wds_space": Answer(4, 0, 4),
    "wds_split": Answer(0, 0, 0, "members of a key are not adjacent"),
    "wds_trunc": Answer(3, 0, 3),
    "wds_txtempty": Answer(1, 0, 1, "empty_caption"),
    "wds_under": Answer(2, 0, 2),
    "wds_upper": Answer(3, 0, 3),
    "wds_xz_as_tar": Answer(0, 0, 0, "not a tar archive"),
    "wit": Answer(2, 0, 2),
    "yfcc": Answer(2, 0, 2),
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, dict[str, str]]:
    """EXPECTED.csv by name."""
    with (shared / "corpora" / "reports" / "EXPECTED.csv").open(newline="", encoding="utf-8") as lines:
        return {row["name"]: row for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def settings(shared: Path, rows: dict[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over every corpus that has shards."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "concepts.txt").write_text("\n".join(CONCEPTS))
    text = {
        "name": "reports",
        "lake": str(folder / "lake"),
        "corpora": [_corpus(shared, row) for name, row in rows.items() if name != REFUSED],
        "concepts": [{"name": "pets", "file": str(folder / "concepts.txt")}],
        "captions": {"pipeline": "en_core_web_sm"},
        "spark": {"master": "local[2]"},
    }
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump(text))
    return path


@pytest.fixture(scope="module")
def run(settings: Path) -> subprocess.CompletedProcess[str]:
    """What the run said."""
    return _conceptfreq("run", str(settings))


@pytest.fixture(scope="module")
def counts(run: subprocess.CompletedProcess[str], settings: Path) -> dict[tuple[str, str], dict[str, int]]:
    """Rows of `counts` by corpus and concept."""
    found = json.loads(_conceptfreq("counts", str(settings), "--search", "text", "--format", "json").stdout)
    return {(row["corpus"], row["concept"]): row for row in found}


def _corpus(shared: Path, row: dict[str, str]) -> dict[str, object]:
    path = shared / "corpora" / "reports" / row["name"]
    return {"name": row["name"], "format": row["format"], "path": str(path), "options": json.loads(row["options"])}


def _conceptfreq(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "jobs.cli", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_every_reported_input_has_its_answer(rows: dict[str, dict[str, str]]) -> None:
    assert rows.keys() == ANSWERS.keys() | {REFUSED}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_counts_are_right_or_the_corpus_is_refused(
    name: str, counts: dict[tuple[str, str], dict[str, int]], run: subprocess.CompletedProcess[str]
) -> None:
    answer, found = ANSWERS[name], {concept: counts[name, concept] for concept in CONCEPTS}
    assert (found["dog"]["frequency"], found["cat"]["frequency"]) == (answer.dogs, answer.cats)
    assert {row["samples"] for row in found.values()} == {answer.samples}
    words = [line for line in run.stderr.splitlines() if f"corpus {name}: " in line and " ERROR " in line]
    assert (answer.said in words[-1]) if answer.said else not words


def test_one_bad_corpus_fails_the_run_and_stops_none(run: subprocess.CompletedProcess[str]) -> None:
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert run.stderr.splitlines()[-1].startswith("planned ")


def test_a_corpus_without_shards_is_refused_before_spark(
    shared: Path, rows: dict[str, dict[str, str]], settings: Path, tmp_path: Path
) -> None:
    alone = {**yaml.safe_load(settings.read_text()), "corpora": [_corpus(shared, rows[REFUSED])]}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({**alone, "lake": str(tmp_path / "lake")}))
    done = _conceptfreq("run", str(tmp_path / "run.yaml"))
    assert done.returncode == 2 and "no delimited shards (.tsv, .csv, .tsv.gz, .csv.gz)" in done.stderr
    assert not (tmp_path / "lake").exists()
