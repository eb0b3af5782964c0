"""Every command of the README is run: here in order on a small corpus, or by the test that is named here.

The corpus is counted under the settings that the README shows.
"""

from __future__ import annotations

import configparser
import io
import re
import shlex
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from results import write_retrieval

from jobs.loop.plan import CorpusDesign, plan_pairs
from jobs.results.counts.all_sources import FREQUENCIES
from jobs.settings.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
# Commands that are run for real elsewhere: first words, and where.
RUN_ELSEWHERE = {
    "make demo": "tests/jobs/loop",
    "python -m pip install": "tests/test_readme.py",
    "make zip": "tests/packaging/test_zip.py",
    "spark-submit --master spark://HOST:7077": "tests/cluster/test_zip.py",
    "spark-submit --master 'local[2]'": "tests/cluster/test_zip.py",
}


def blocks(language: str) -> list[str]:
    """The README's blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def commands() -> list[str]:
    """Lines of the README's sh blocks."""
    return [line for block in blocks("sh") for line in block.splitlines() if line]


def own_commands() -> list[str]:
    """Those of `conceptfreq` itself."""
    return [command for command in commands() if command.split()[0].endswith("conceptfreq")]


def test_every_command_is_covered() -> None:
    others = [command for command in commands() if command not in own_commands()]
    for command in others:
        tests = [test for start, test in RUN_ELSEWHERE.items() if command.startswith(start)]
        assert tests, f"no test runs: {command}"
        assert all((ROOT / test).exists() for test in tests)
    assert len(others) == len(RUN_ELSEWHERE)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_own_commands_run_in_their_order(tmp_path: Path) -> None:
    settings = write_run(tmp_path)
    clone = tmp_path / "clone"
    write_retrieval(clone)
    said: dict[str, str] = {}
    for command in own_commands():
        words = shlex.split(command.replace("conf/NAME.yaml", str(settings)).replace("CLONE", str(clone)))
        words = [str(tmp_path / word) if word.endswith(".csv") else word for word in words]
        done = subprocess.run([sys.executable, "-m", "jobs.cli", *words[1:]], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stderr[-3000:]}"
        said[words[1]] = said.get(words[1], "") + done.stdout
    assert "dog,3," in said["counts"]
    assert "\nphotos,0.5," in said["misalignment"]
    assert said["reproduce"].startswith("task,corpus,search,") and "\nretrieval,cc3m,image,0.7,," in said["reproduce"]
    assert "photos, text: 3 of 4 samples, rank 1 of 2" in said["lookup"]
    assert "\n  asked for captions with 'grey' and 'cat'\n" in said["lookup"]


def readme_settings() -> dict[str, Any]:
    """The settings that the README shows."""
    [text] = blocks("yaml")
    assert len(text.splitlines()) == 10, "as the README says"
    settings: dict[str, Any] = yaml.safe_load(text)
    return settings


def write_run(folder: Path) -> Path:
    """A corpus of four captioned images, and the README's settings for it, with a tagger whose weights are here."""
    (folder / "photos").mkdir()
    captions = ("a dog", "two dogs", "the dog and a cat", "nothing of the kind")
    with tarfile.open(folder / "photos" / "00000.tar", "w") as archive:
        for number, caption in enumerate(captions):
            image = io.BytesIO()
            Image.new("RGB", (64, 64), (60 * number, 80, 120)).save(image, "JPEG")
            for ending, body in (("jpg", image.getvalue()), ("txt", caption.encode())):
                member = tarfile.TarInfo(f"{number:04d}.{ending}")
                member.size = len(body)
                archive.addfile(member, io.BytesIO(body))
    (folder / "concepts.txt").write_text("dog\ncat\n")
    settings = readme_settings()
    settings["images"] = yaml.safe_load((ROOT / "tests" / "conf" / "photos.yaml").read_text())["images"]
    settings["lake"] = str(folder / "lake")
    settings["report"] = {"output": str(folder / "report.html")}
    settings["corpora"] = [{"name": "photos", "format": "webdataset", "path": str(folder / "photos")}]
    settings["concepts"] = [{"name": "pets", "file": str(folder / "concepts.txt")}]
    settings["spark"] = {"master": "local[1]"}
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def test_the_settings_are_valid() -> None:
    assert Settings.model_validate(readme_settings()).name == "photos"


def test_the_install_command_is_taken() -> None:
    [command] = [command for command in commands() if " pip " in command]
    _, *words = shlex.split(command)
    done = subprocess.run(
        [sys.executable, *words, "--dry-run", "--no-deps", "--no-build-isolation"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_extras_are_those_of_the_package() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    page = (ROOT / "README.md").read_text()
    [installed] = re.findall(r"'\.\[([\w,]+)\]'", page)
    explained = re.findall(r"^\| `(\w+)` \|", page.split("| extra |")[1].split("\n\n")[0], re.MULTILINE)
    assert set(installed.split(",")) <= set(explained) <= set(config["options.extras_require"])


def test_shown_output_is_of_a_command_that_is_run_and_has_its_columns() -> None:
    [shown] = blocks("console")
    command, header, *rows = shown.splitlines()
    assert command.removeprefix("$ ").replace("conf/demo.yaml", "conf/NAME.yaml") in own_commands()
    assert header.split(",") == [*FREQUENCIES.names]
    # Text search finds the truth of the drawn corpus, so its rows are known without a run.
    pairs = plan_pairs(CorpusDesign())
    named = Counter(glyph.noun for pair in pairs for glyph in pair.named)
    assert rows == [f"glyphs,text,,{noun},{count},,{len(pairs)},own," for noun, count in named.most_common(len(rows))]


def test_make_targets_exist() -> None:
    for command in commands():
        if command.startswith("make "):
            subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_cluster_commands_name_what_the_code_asks_for() -> None:
    from jobs.core.session import DEFAULTS, DELTA_PACKAGE

    [packages] = [command for command in commands() if "--packages" in command]
    words = shlex.split(packages)
    assert words[words.index("--packages") + 1] == DELTA_PACKAGE
    after_conf = [words[at + 1] for at, word in enumerate(words) if word == "--conf"]
    stated = dict(word.split("=", 1) for word in after_conf)
    assert stated == {key: DEFAULTS[key] for key in stated} and len(stated) == 2
    for command in commands():
        for path in re.findall(r"(?:conf/spark-\S+|jobs/\S+\.py)", command):
            assert (ROOT / path).is_file(), path
