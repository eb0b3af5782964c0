"""Lists that define concepts: what they say is read whole, and what contradicts itself is refused with its place."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from jobs.cli import arguments_of
from jobs.concepts.definitions import Definition, number_names
from jobs.concepts.lists import Listed, read_list
from jobs.concepts.of_run import run_lists
from jobs.errors import SettingsError
from jobs.results.samples.parts import parts_of
from jobs.settings.corpora import ConceptList
from jobs.settings.settings import Settings

YAML = """\
- concept: couch
  any: [sofa, settee]
- concept: crane
  none: [construction, crane truck]
  all: bird
- dog
- {concept: animal, roll_up: true}
- {concept: cat, parent: animal, any: [kitten]}
- {concept: siamese, parent: cat, none: [twin], synset: n02123597}
"""
CSV = """\
class_name,any,none,all,parent,roll_up,synset
couch,sofa|settee,,,,,
crane,,construction | crane truck,bird,,,
dog,,,,,,
animal,,,,,true,
cat,kitten,,,animal,,
siamese,,twin,,cat,,n02123597
"""
DEFINED = {
    "couch": Definition("couch", ("sofa", "settee")),
    "crane": Definition("crane", required=("bird",), excluded=("construction", "crane truck")),
    "animal": Definition("animal", below=(Definition("cat", ("kitten",)), Definition("siamese", excluded=("twin",)))),
    "cat": Definition("cat", ("kitten",)),
    "siamese": Definition("siamese", excluded=("twin",)),
}


def read(folder: Path, name: str, text: str, column: str | None = None) -> Listed:
    (folder / name).write_text(text, encoding="utf-8")
    return read_list(ConceptList(name="words", file=str(folder / name), column=column))


@pytest.mark.parametrize(("name", "text"), [("words.yaml", YAML), ("words.csv", CSV)])
def test_a_list_says_the_same_in_yaml_and_in_csv(tmp_path: Path, name: str, text: str) -> None:
    listed = read(tmp_path, name, text)
    assert listed.names == ("couch", "crane", "dog", "animal", "cat", "siamese")
    assert listed.definitions == DEFINED
    assert listed.entries[-1].values["synset"] == ("n02123597",)


def test_json_defines_too_and_numbers_its_items(tmp_path: Path) -> None:
    listed = read(tmp_path, "words.json", '[{"name": "ram", "none": ["memory"]}, "dog"]')
    assert listed.definitions == {"ram": Definition("ram", excluded=("memory",))}
    with pytest.raises(SettingsError, match="item 1: 'ram' is defined twice, first on item 0"):
        read(tmp_path, "words.json", '[{"name": "ram", "none": ["memory"]}, "ram"]')


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        # Other columns than those of definitions are nobody's business, as before.
        ("words.csv", "concept,wnid,parent\ndog,n1,animal\ndog,n2,\n", None),
        ("words.yaml", "- {concept: dog, parent: animal, synset: n1}\n- dog\n", None),
        # The column that holds the names defines nothing.
        ("words.csv", "wnid,all\nn1,dog\nn2,dog\n", "all"),
    ],
)
def test_a_list_without_definitions_stays_a_list_of_names(
    tmp_path: Path, name: str, text: str, column: str | None
) -> None:
    listed = read(tmp_path, name, text, column)
    assert (listed.names, listed.definitions, listed.entries) == (("dog", "dog"), {}, ())
    assert listed.synsets == ({"dog": ("n1",)} if "synset" in text else {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {concept: dog, any: [pup]}\n- {concept: cat, anny: [kitten]}\n", "line 2: 'anny' is no key"),
        ("- concept: dog\n  any: [pup]\n  any: [puppy]\n", "line 3: 'any' stands twice"),
        ("- {concept: dog, any: [pup, Pup]}\n", "line 1: 'Pup' under `any` is under `any` already"),
        ("- {concept: dog, any: [dog]}\n", "line 1: 'dog' under `any` is the concept's own name already"),
        ("- {concept: hot dog, none: [Hot_Dog]}\n", "line 1: 'Hot_Dog' under `none` is the concept's own name"),
        ("- {concept: dog, any: [pup], none: [pup]}\n", "line 1: 'pup' under `none` is under `any` already"),
        ("- dog\n\n- {concept: dog, any: [pup]}\n", "line 3: 'dog' is defined twice, first on line 1"),
        ("- {concept: dog, any: [pup, '']}\n", "line 1: 'any' has '', where a name is expected"),
        ("- {concept: dog, any: {a: b}}\n", "line 1: 'any' has {'a': 'b'}"),
        ("- {concept: '', any: [pup]}\n", "line 1: a concept without a name"),
        ("- {concept: dog, parent: pet, any: [pup]}\n", "line 1: the parent 'pet' of 'dog' is no concept"),
        ("- {concept: dog, parent: dog, any: [pup]}\n", "line 1: 'dog' is below itself"),
        ("- x\n- {concept: a, parent: b, any: [c]}\n- {concept: b, parent: a}\n", "line 2: 'a' is below itself"),
        ("- {concept: dog, roll_up: yes}\n", "line 1: `roll_up` is true or false, not 'yes'"),
        ("- {concept: dog, roll_up: true}\n", "line 1: 'dog' rolls up, but no concept"),
        ("- {concept: dog, any: [pup], parent: [a, b]}\n", "line 1: `parent` has one value, not 2"),
        ("- {concept: dog, any: [pup]\n", "words.yaml cannot be read"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, "words.yaml", text)
    assert said in str(refused.value) and "words.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("concept,any,size\ndog,pup,3\n", "line 2: 'size' is no key of a definition"),
        ('concept,any\n"hot\ndog",\n\ndog,pup|pup\n', "line 5: 'pup' under `any`"),
        ("concept,any\ndog,pup||hound\n", "line 2: 'any' has ''"),
        ("concept,any\n,pup\n", "line 2: a concept without a name"),
        ("concept,any\ndog,pup,hound\n", "more cells than the header"),
    ],
)
def test_a_table_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, "words.csv", text)
    assert said in str(refused.value)


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_bytes("- dog\n- {concept: café, any: [bar]}\n".encode("latin-1"))
    with pytest.raises(SettingsError, match="line 2: 'utf-8' codec can't decode byte 0xe9"):
        read_list(ConceptList(name="words", file=str(tmp_path / "words.yaml")))


def test_two_lists_may_share_a_concept_if_they_define_it_alike(tmp_path: Path) -> None:
    for name, text in (("a.yaml", "- {concept: ram, none: [memory]}"), ("b.txt", "dog\nram")):
        (tmp_path / name).write_text(text)

    def lists(*names: str) -> Settings:
        files = [{"name": name[0], "file": str(tmp_path / name)} for name in names]
        return Settings.model_validate({"name": "two", "lake": str(tmp_path / "lake"), "concepts": files})

    with pytest.raises(SettingsError, match="concepts.b: 'ram' is on list a too, and defined otherwise there"):
        run_lists(lists("a.yaml", "b.txt"))
    (tmp_path / "b.yaml").write_text("- {concept: ram, none: [memory]}\n- dog\n")
    concepts, definitions = run_lists(lists("a.yaml", "b.yaml"))
    assert concepts == {"ram": ("a", "b"), "dog": ("b",)} and list(definitions) == ["ram"]


def test_what_the_lake_keeps_is_the_definition() -> None:
    for name, one in DEFINED.items():
        assert Definition.from_json(name, one.to_json()) == one
    assert Definition("dog").to_json() is None and Definition.from_json("dog", None) == Definition("dog")


def test_why_a_half_cannot_answer() -> None:
    names = ("couch", "sofa", "settee", "crane", "bird", "construction", "crane truck", "animal", "cat", "kitten")
    known = dict.fromkeys((*names, "siamese", "twin"), None)
    couch, crane, animal = (DEFINED[name] for name in ("couch", "crane", "animal"))
    assert couch.why_not(known | {"couch": "no label", "sofa": "no label"}) is None
    assert couch.why_not(known | dict.fromkeys(couch.alternatives, "no label")) == "no label"
    assert crane.why_not(known | {"construction": "no label"}) is None
    assert crane.why_not(known | {"bird": "no label"}) == "'bird' is required: no label"
    assert animal.why_not(known | {"animal": "no label"}) is None
    every = dict.fromkeys(("animal", "cat", "kitten", "siamese"), "no label")
    assert animal.why_not(known | every | {"twin": None}) == "no label"


def test_names_are_numbered_once() -> None:
    names, numbered = number_names([DEFINED["animal"], DEFINED["cat"], DEFINED["crane"]])
    assert names == ("animal", "cat", "kitten", "siamese", "twin", "crane", "bird", "construction", "crane truck")
    assert numbered.names == len(names)

    def lists(of: object) -> list[list[int]]:
        return [part.tolist() for part in np.split(of.values, of.starts[1:-1])]  # type: ignore[attr-defined]

    # animal, cat and siamese by themselves, and crane.
    assert lists(numbered.alternatives) == [[0], [1, 2], [3], [5]]
    assert lists(numbered.excluded) == [[], [], [4], [7, 8]]
    assert lists(numbered.required) == [[0], [1], [2], [3, 4 + 6]]
    assert lists(numbered.concepts) == [[0, 1, 2], [1], [3]]


def test_the_page_shows_lists_that_are_read_and_commands_that_are_there(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "definitions.md").read_text()
    text, expanded = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    [table] = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    assert len(read(tmp_path, "page.yaml", text).definitions) == 4
    in_both = read(tmp_path, "page.csv", table).definitions
    assert in_both["couch"] == read(tmp_path, "page.yaml", text).definitions["couch"] and len(in_both) == 3
    assert read(tmp_path, "page.yaml", expanded).names == ("bicycle", "crane")
    for command in "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL)).splitlines():
        assert arguments_of(shlex.split(command)[1:]).config
    parts = page.split("| `part` |")[1].split("\n\n")[0]
    said = re.findall(r"`([\w ]+)`", " ".join(line.split("|")[1] for line in parts.splitlines()[2:]))
    whole = Definition("a", ("b",), ("c",), ("d",), (Definition("e"),))
    assert said == list(dict.fromkeys(part.part for part in parts_of(whole)))
