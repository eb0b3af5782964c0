"""Settings are checked before Spark starts, and a refusal names the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml

from jobs.core.context import as_recorded
from jobs.core.identities import Identities
from jobs.core.stage_specs import captions_spec, images_spec, samples_spec, search_specs
from jobs.errors import SettingsError
from jobs.lake.specs import canonical
from jobs.settings.corpora import Corpus
from jobs.settings.image_search import ClipTagger
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings
from jobs.stages.inputs import check_inputs
from udfs.images.models.taggers.clip import PROMPTS
from udfs.shards.registry import READERS

ROOT = Path(__file__).resolve().parents[3]


def written(tmp_path: Path, **changes: Any) -> str:
    path = tmp_path / "s.yaml"
    path.write_text(yaml.safe_dump(tiny.settings_dict(tmp_path, **changes)))
    return str(path)


# Of conf/, published.yaml alone is no run.
SHIPPED = [path for path in (ROOT / "conf").glob("*.yaml") if path.stem != "published"]
OF_TESTS = list((ROOT / "tests" / "conf").glob("*.yaml"))


@pytest.mark.parametrize("path", [*SHIPPED, *OF_TESTS], ids=lambda path: path.stem)
def test_the_settings_of_the_repository_are_valid(path: Path) -> None:
    assert load_settings(str(path)).name == path.stem


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_settings_name_no_folder_beside_the_repository(path: Path) -> None:
    assert "../" not in path.read_text(encoding="utf-8")


def test_the_example_shows_every_section_and_every_format() -> None:
    shown = load_settings(str(ROOT / "conf" / "example.yaml"))
    assert shown.model_fields_set == set(Settings.model_fields)
    assert {corpus.format for corpus in shown.corpora} == set(READERS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"captoins": {}}, "unknown key 'captoins'; did you mean 'captions'?"),
        ({"captions": {"pipline": "x"}}, "captions: unknown key 'pipline'; did you mean 'pipeline'?"),
        ({"corpora": [{"name": "a", "format": "webdatset", "path": "x"}]}, "'webdatset' is not a format"),
        (
            {"corpora": [{"name": "a", "format": "parquet", "path": "x", "options": {"captoin": "T"}}]},
            "unknown key 'captoin'; did you mean 'caption'?",
        ),
        (
            {"corpora": [{"name": "a", "format": "delimited", "path": "x", "options": {"columns": "caption"}}]},
            "options.columns",
        ),
        ({"images": {"embedder": {"model": "m"}, "device": "gpu"}}, "images.device"),
        ({"images": {}}, "images: needs a tagger, an embedder, or both"),
        (
            {"images": {"tagger": {"kind": "clip", "model": "m", "floor": 0.5, "threshold": 0.3}}},
            "threshold must be at least the floor 0.5",
        ),
        (
            {"images": {"tagger": {"kind": "ram_plus", "weights": "w.pth"}}},
            "images.tagger.ram_plus.labels: Field required",
        ),
        (
            {"images": {"tagger": {"kind": "ram_plus", "weights": "w", "labels": "l", "mode": "mean"}}},
            "images.tagger.ram_plus.mode: Input should be 'paper' or 'upstream'",
        ),
        (
            {"images": {"tagger": {"kind": "ram_plus", "weights": "w", "labels": "l", "threshold": 0.2}}},
            "threshold must be at least the floor 0.3 and below 1, not 0.2",
        ),
        (
            {"images": {"tagger": {"kind": "ram_plus", "weights": "w", "labels": "l", "prompts": "class"}}},
            "unknown key 'prompts'",
        ),
        (
            {"images": {"tagger": {"kind": "annotations"}, "embedder": {"model": "m"}}},
            "a tagger of kind annotations opens no image: leave out embedder",
        ),
        (
            {"images": {"tagger": {"kind": "annotations"}, "hashes": ["bytes"]}},
            "a tagger of kind annotations opens no image: leave out hashes",
        ),
        (
            {"images": {"tagger": {"kind": "annotations", "vocabulary": "names.txt"}}},
            "vocabulary belongs to field: tags",
        ),
        ({"images": {"tagger": {"kind": "annotations", "field": "labels"}}}, "should be 'classes' or 'tags'"),
        ({"describe": {"wieghts": "x"}}, "describe: unknown key 'wieghts'; did you mean 'weights'?"),
        ({"lake": None}, "lake"),
    ],
)
def test_a_refusal_names_the_key(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(written(tmp_path, **changes))
    assert said in str(refusal.value)
    assert refusal.value.exit_status == 2


@pytest.mark.parametrize("path", [*SHIPPED, *OF_TESTS], ids=lambda path: path.stem)
def test_a_default_that_is_spelled_out_is_the_same_setting(path: Path) -> None:
    settings = load_settings(str(path))
    spelled_out = type(settings).model_validate(settings.model_dump(exclude_none=True))
    assert canonical(spelled_out.model_dump()) == canonical(settings.model_dump()), "as a spec would see it"


def test_prompts_are_those_of_the_column_functions_by_default() -> None:
    assert ClipTagger(kind="clip", model="m").prompts == PROMPTS


def test_scores_are_compared_in_the_type_that_the_paper_stored(tmp_path: Path) -> None:
    tagger = {"kind": "ram_plus", "weights": "w", "labels": "l"}
    for changes, expected in (({}, "float16"), ({"mode": "upstream"}, "float32")):
        images = load_settings(written(tmp_path, images={"tagger": {**tagger, **changes}})).images
        assert images is not None and images.tagger is not None
        assert images.tagger.score_type == expected and images.tagger.thresholds == (0.7,)
    images = load_settings(written(tmp_path, images={"tagger": {"kind": "clip", "model": "m"}})).images
    assert images is not None and images.tagger is not None and images.tagger.score_type == "float32"


def test_overrides_reach_sections_and_items_by_name(tmp_path: Path) -> None:
    changed = load_settings(
        written(tmp_path),
        ["captions.match=phrase", "corpora.tiny.path=elsewhere", "waves.seconds=5", "concepts.0.file=c.txt"],
    )
    assert changed.captions is not None and changed.captions.match == "phrase"
    assert changed.corpora[0].path == "elsewhere" and changed.waves.seconds == 5
    assert changed.concepts[0].file == "c.txt"


@pytest.mark.parametrize(
    "override", ["name.first.second=1", "captions.match", "corpora.nobody.path=x", "name.deeper=1", "captions.mach=x"]
)
def test_a_bad_override_is_refused(tmp_path: Path, override: str) -> None:
    with pytest.raises(SettingsError):
        load_settings(written(tmp_path), [override])


def test_missing_inputs_are_named_before_spark(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="corpus .*does not exist"):
        check_inputs(load_settings(written(tmp_path)), ["ingest"])
    (tmp_path / "corpus").mkdir()
    with pytest.raises(SettingsError, match=r"no webdataset shards \(\.tar"):
        check_inputs(load_settings(written(tmp_path)), ["ingest"])
    no_pipeline = written(tmp_path, captions={"pipeline": "en_core_web_huge"})
    with pytest.raises(SettingsError, match="en_core_web_huge"):
        check_inputs(load_settings(no_pipeline), ["captions"])
    tagger = {"kind": "classifier", "model": "tf_efficientnet_lite0", "weights": "nowhere.pth"}
    with pytest.raises(SettingsError, match=r"nowhere\.pth"):
        check_inputs(load_settings(written(tmp_path, images={"tagger": tagger})), ["images"])


def test_an_option_spelled_out_at_its_default_is_the_same_spec(tmp_path: Path) -> None:
    corpus = {"name": "a", "format": "delimited", "path": "x"}
    plain = Corpus(**corpus, options={"columns": ["caption", "url"]})
    spelled_out = Corpus(**corpus, options={"columns": ["caption", "url"], "header": None, "delimiter": None})
    assert samples_spec(plain) == samples_spec(spelled_out) != samples_spec(Corpus(**corpus))


def test_modes_that_search_in_the_same_share_a_caption_pass(tmp_path: Path) -> None:
    bodies = {}
    for match in ("strict", "paper", "phrase", "any_pos", "raw", "substring"):
        settings = load_settings(written(tmp_path, captions={"match": match}))
        bodies[match] = captions_spec(settings, settings.corpora[0], Identities()).body
    assert set(bodies["strict"]) == {"version", "samples", "pipeline", "clean", "max_characters"}
    assert bodies["strict"] == bodies["phrase"] and bodies["strict"]["clean"]
    # The paper's search reads captions as they are.
    assert bodies["paper"] == {**bodies["strict"], "clean": False}
    assert bodies["any_pos"] == {**bodies["strict"], "index": "words"}
    assert bodies["raw"] == {**bodies["strict"], "index": "tokens"}
    del bodies["strict"]["pipeline"]
    assert bodies["substring"] == {**bodies["strict"], "index": "text"}


def test_without_cleaning_strict_and_paper_share_a_caption_pass(tmp_path: Path) -> None:
    specs = []
    for captions in ({"match": "strict", "clean": False}, {"match": "paper"}, {"match": "paper", "clean": False}):
        settings = load_settings(written(tmp_path, captions=captions))
        specs.append(captions_spec(settings, settings.corpora[0], Identities()))
    assert specs[0] == specs[1] == specs[2]


def test_substring_search_needs_no_pipeline_and_its_spec_says_whether_case_counts(tmp_path: Path) -> None:
    bodies = []
    for ignore_case in (False, True):
        captions = {"pipeline": "en_core_web_huge", "match": "substring", "ignore_case": ignore_case}
        settings = load_settings(written(tmp_path, captions=captions))
        check_inputs(settings, ["captions"])
        bodies.append(search_specs(settings, settings.corpora[0], Identities())["text"].body)
    assert [body["ignore_case"] for body in bodies] == [False, True]
    assert bodies[0]["captions"] == bodies[1]["captions"]
    settings = load_settings(written(tmp_path, captions={"match": "raw", "ignore_case": True}))
    assert "ignore_case" not in search_specs(settings, settings.corpora[0], Identities())["text"].body


def test_looking_without_what_the_settings_name_is_refused_by_name(tmp_path: Path) -> None:
    for section, said in (
        ({"captions": {"pipeline": "en_core_web_huge"}}, "captions.pipeline: .*en_core_web_huge"),
        ({"images": {"embedder": {"model": "ViT-B-32", "weights": "none.pt"}}}, r"images: .*none\.pt"),
    ):
        settings = load_settings(written(tmp_path, **section))
        with pytest.raises(SettingsError, match=said):
            specs = (captions_spec, images_spec)["images" in section]
            specs(settings, settings.corpora[0], Identities())


def test_a_run_is_recorded_without_credentials(tmp_path: Path) -> None:
    conf = {
        "spark.hadoop.fs.s3a.access.key": "hush",
        "spark.hadoop.fs.s3a.secret.key": "hush",
        "spark.hadoop.fs.s3a.session.token": "hush",
        "spark.hadoop.fs.azure.account.key.a.dfs.core.windows.net": "hush",
        "spark.hadoop.fs.s3a.endpoint": "http://server",
    }
    settings = load_settings(written(tmp_path, spark={"conf": conf}))
    recorded = as_recorded(settings)
    assert "hush" not in recorded and "http://server" in recorded
    assert settings.spark.conf == conf
