"""`expand` proposes what WordNet's files say, with frequencies, and what it writes is a list that can be counted."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import tiny

from jobs import open_run
from jobs.cli import main
from jobs.concepts.definitions import Definition
from jobs.concepts.lists import read_list
from jobs.concepts.wordnet import WordNet
from jobs.errors import SettingsError
from jobs.lake.tables import SCHEMA_VERSION
from jobs.settings.corpora import ConceptList

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
# Words, gloss, and the synsets right below, by number.
SYNSETS = (
    (("dog", "domestic_dog", "Canis_familiaris"), 'barks: "a dog"', (1, 2)),
    (("puppy",), "a young dog", ()),
    (("corgi", "Welsh_corgi"), "short legs", (3,)),
    (("Pembroke", "cat"), "Welsh", ()),
    (("dog", "frump"), "a person", ()),
    (("cat", "true_cat"), "purrs", ()),
)
LICENCE = "  1 This is WordNet {} in the form that a test needs: WordNet {} Copyright nobody.  \n"


def write_wordnet(folder: Path, version: str = "3.0") -> dict[int, str]:
    """A WordNet of SYNSETS; their ids by number."""
    folder.mkdir(exist_ok=True)
    start = LICENCE.format(version, version)

    def lines(ids: dict[int, str]) -> list[str]:
        made = []
        for number, (words, gloss, below) in enumerate(SYNSETS):
            fields = [ids.get(number, "n" * 9)[1:], "05", "n", f"{len(words):02x}"]
            fields += [field for word in words for field in (word, "0")]
            pointers = [("@", "n00000009"), *(("~", ids.get(one, "n" * 9)) for one in below)]
            fields.append(f"{len(pointers):03}")
            fields += [field for mark, name in pointers for field in (mark, name[1:], "n", "0000")]
            made.append(f"{' '.join(fields)} | {gloss}  \n")
        return made

    ids, at = {}, len(start)
    for number, line in enumerate(lines({})):
        ids[number] = f"n{at:08}"
        at += len(line)
    (folder / "data.noun").write_text(start + "".join(lines(ids)))
    senses: dict[str, list[str]] = {}
    for number in (0, 4, 1, 2, 3, 5):
        for word in SYNSETS[number][0]:
            senses.setdefault(word.lower(), []).append(ids[number][1:])
    index = [f"{word} n {len(of)} 2 @ ~ {len(of)} 1 {' '.join(of)}  \n" for word, of in senses.items()]
    (folder / "index.noun").write_text(start + "".join(index))
    return ids


@pytest.fixture
def ids(tmp_path: Path) -> dict[int, str]:
    return write_wordnet(tmp_path / "wordnet")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    return tiny.write_settings(tmp_path)


def expand(config: Path, *words: str, status: int = 0) -> str:
    folder = config.parent
    target = folder / "new" / f"{len(list(folder.glob('new/*')))}.yaml"
    options = ["--wordnet", str(folder / "wordnet"), "--output", str(target)]
    assert main(["expand", str(config), *words, *options]) == status
    return target.read_text() if status == 0 else ""


def read(path: Path, text: str) -> dict[str, Definition]:
    path.write_text(text, encoding="utf-8")
    return dict(read_list(ConceptList(name="x", file=str(path))).definitions)


def test_a_synset_is_read_with_what_is_below_it(tmp_path: Path, ids: dict[int, str]) -> None:
    wordnet = WordNet(str(tmp_path / "wordnet"))
    dog = wordnet.synset(ids[0])
    assert (wordnet.version, dog.words, dog.gloss) == (
        "3.0",
        ("dog", "domestic dog", "Canis familiaris"),
        'barks: "a dog"',
    )
    assert [one.words[0] for one in wordnet.under(dog)] == ["puppy", "corgi", "Pembroke"]
    assert wordnet.senses("Domestic_dog") == (ids[0],) and wordnet.senses("dog") == (ids[0], ids[4])
    assert wordnet.senses("unicorn") == ()
    for wrong in ("n00000000", "n99999999", "dog", f"n{int(ids[0][1:]) + 1:08}"):
        with pytest.raises(ValueError, match=f"'{wrong}' is no synset of the nouns of WordNet 3.0"):
            wordnet.synset(wrong)


def test_words_of_a_given_sense_with_their_frequencies(config: Path, ids: dict[int, str]) -> None:
    (config.parent / "given.csv").write_text(
        f"concept,synset,none,any\ndog,{ids[0]},bicycle,hound\nWelsh corgi,{ids[2]},,\ncat,{ids[5]},,\n"
    )
    text = expand(config, "--names", str(config.parent / "given.csv"))
    assert text.splitlines()[1:] == [
        "- concept: dog  # 3",
        f'  synset: {ids[0]}  # barks: "a dog"',
        '  none: ["bicycle"]',
        "  any:",
        "    - hound  # 0",
        "    - domestic dog  # 0",
        "    - Canis familiaris  # 0",
        "    # kinds of it:",
        "    # - puppy  # 0",
        "    # - corgi  # 0",
        "    # - Welsh corgi  # 0",
        "    # - Pembroke  # 0",
        "    # - cat  # 3",
        "- concept: Welsh corgi  # 0",
        f"  synset: {ids[2]}  # short legs",
        "  any:",
        "    - corgi  # 0",
        "    # kinds of it:",
        "    # - Pembroke  # 0",
        "    # - cat  # 3",
        "- concept: cat  # 3",
        f"  synset: {ids[5]}  # purrs",
        "  any:",
        "    - true cat  # 0",
    ]
    assert read(config.parent / "again.yaml", text)["dog"] == Definition(
        "dog", ("hound", "domestic dog", "Canis familiaris"), excluded=("bicycle",)
    )


def test_python_gives_the_same_text(config: Path, ids: dict[int, str]) -> None:
    run = open_run(str(config))
    assert run.expand("words", str(config.parent / "wordnet")) == expand(config, "words")
    with pytest.raises(SettingsError, match="no concept list 'others'; lists: words"):
        run.expand("others")


def test_a_name_of_several_senses_gets_no_alias_until_one_is_chosen(config: Path, ids: dict[int, str]) -> None:
    text = expand(config, "words", "--search", "text")
    [dog] = [part for part in text.split("- concept: ") if part.startswith("dog ")]
    assert dog.splitlines() == [
        "dog  # 3",
        "  # which sense? Choose a `synset`, and expand this list again:",
        f'  # synset: {ids[0]}  # dog, domestic dog, Canis familiaris: barks: "a dog"',
        f"  # synset: {ids[4]}  # dog, frump: a person",
        "  any: []",
    ]
    assert "- concept: unicorn  # 0\n  # WordNet has no noun of this name: give a `synset`\n  any: []" in text
    assert '- concept: "737"  # no answer' in text
    chosen = text.replace(f"  # synset: {ids[4]}", f"  synset: {ids[4]}")
    (config.parent / "chosen.yaml").write_text(chosen)
    again = expand(config, "--names", str(config.parent / "chosen.yaml"))
    assert read(config.parent / "again.yaml", again) == {"dog": Definition("dog", ("frump",))}


def test_words_that_are_concepts_of_the_list_are_left_to_them(config: Path, ids: dict[int, str]) -> None:
    (config.parent / "given.csv").write_text(f"concept,synset\nPembroke,{ids[3]}\ncat,{ids[5]}\n")
    text = expand(config, "--names", str(config.parent / "given.csv"))
    assert "  any: []\n    # - cat  # 3, a concept of this list\n" in text


def test_a_name_that_a_list_has_in_two_senses_gets_both_to_choose_from(config: Path, ids: dict[int, str]) -> None:
    """ImageNet has two cranes, and plain lists keep such names."""
    (config.parent / "given.yaml").write_text(
        f"- {{name: cat, synset: {ids[5]}}}\n- {{name: cat, synset: {ids[3]}}}\n- dog\n"
    )
    text = expand(config, "--names", str(config.parent / "given.yaml"))
    assert text.splitlines()[2:5] == [
        "  # which sense? Choose a `synset`, and expand this list again:",
        f"  # synset: {ids[5]}  # cat, true cat: purrs",
        f"  # synset: {ids[3]}  # Pembroke, cat: Welsh",
    ]


def test_without_samples_there_are_no_frequencies(config: Path, ids: dict[int, str]) -> None:
    (config.parent / "list.txt").write_text("cat\npuppy\n")
    text = expand(config, "--names", str(config.parent / "list.txt"), "--set", f"lake={config.parent / 'none'}")
    assert "- concept: puppy\n" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a concept list of the settings, or a file by --names"),
        (["words", "--names", "x"], "name a concept list of the settings, or a file by --names"),
        (["other"], "no concept list 'other'; lists: words"),
        (["words", "--wordnet", "/nowhere"], "name the folder of WordNet's files data.noun and index.noun"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    config: Path, ids: dict[int, str], caplog: pytest.LogCaptureFixture, words: list[str], said: str
) -> None:
    folder = [] if "--wordnet" in words else ["--wordnet", str(config.parent / "wordnet")]
    assert main(["expand", str(config), *words, *folder, "--output", str(config.parent / "new.yaml")]) == 2
    assert said in caplog.text


def test_a_list_that_somebody_edited_is_not_written_over(
    config: Path, ids: dict[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    target = config.parent / "concepts.txt"
    assert main(["expand", str(config), "words", "--output", str(target)]) == 2
    assert "may hold what somebody edited" in caplog.text and "dog" in target.read_text()


def test_ids_of_imagenet_under_another_wordnet_are_told(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    ids = write_wordnet(config.parent / "wordnet", "3.1")
    (config.parent / "given.csv").write_text(f"concept,synset,any\ncat,{ids[5]},\n")
    expand(config, "--names", str(config.parent / "given.csv"))
    assert "this is WordNet 3.1: ImageNet's ids are those of 3.0, and differ" in caplog.text
    with pytest.raises(SettingsError):
        WordNet(str(config.parent))
