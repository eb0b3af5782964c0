"""Protocols as settings: the shipped files say what the paper's procedure says, and a bad one is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.analysis.protocol import Protocol
from jobs.errors import SettingsError
from jobs.settings.law import Fit
from jobs.settings.protocols import FitProtocol, load_protocol, load_protocols

PAPER = Protocol("paper", edges=12, drop_low=1, drop_high=1, zero_becomes=1.0)


def test_the_papers_bins_per_corpus_and_task() -> None:
    paper = load_protocol("paper")
    ends = {
        corpus: (binned.drop_low, binned.drop_high)
        for corpus in paper.published().classification.corpora
        for binned in [paper.binning("classification", corpus)]
    }
    assert ends == {
        "cc3m": (1, 1), "cc12m": (1, 1), "yfcc15m": (1, 1), "laion400m": (2, 1),
        "laion200m_train_test_sim_normalized": (1, 1), "synthci30m": (0, 4),
    }  # fmt: skip
    assert paper.binning("classification", "a corpus of one's own") == PAPER
    for task in ("retrieval", "t2i"):
        binned = paper.binning(task, "cc3m")
        assert (binned.edges, binned.drop_low, binned.drop_high, binned.empty) == (7, 3, 0, "zero")


def test_the_papers_pools() -> None:
    pools = load_protocol("paper").published()
    task = pools.classification
    assert len(task.sets) == 18 and "imagenet-r" not in task.sets
    assert set(task.sets_of("image")) - set(task.sets_of("text")) == {"imagenet-sketch"}
    assert task.sets_of("text") == task.sets_of("text-lowercased") and task.uncounted == "refuse"
    assert {corpus: (one.models, one.prompt) for corpus, one in task.corpora.items()} == {
        "cc3m": (["RN50", "ViT-B-16"], "ensemble"),
        "cc12m": (["RN50", "ViT-B-16"], "ensemble"),
        "yfcc15m": (["RN50", "RN101", "ViT-B-16"], "ensemble"),
        "laion400m": (["ViT-B-32", "ViT-B-16", "ViT-L-14"], "ensemble"),
        "laion200m_train_test_sim_normalized": (["ViT-B-32"], "class"),
        "synthci30m": (["ViT-B-16"], "class"),
    }
    assert pools.retrieval.sets == ["coco", "flickr"] and pools.t2i.min_scores == 1
    assert (pools.text_method, pools.threshold, pools.threshold_prompt) == ("lemmatized", 0.7, "class")


def test_ours_keeps_all_bins_weighs_them_and_says_the_slope_first() -> None:
    ours = load_protocol("default")
    binned = ours.binning("classification", "laion400m")
    assert (binned.drop_low, binned.drop_high, binned.weights, binned.first) == (0, 0, "concepts", "slope")
    assert binned.min_concepts_per_bin > 1 and ours.published() == load_protocol("paper").published()


def test_settings_without_protocols_have_the_papers_and_ours() -> None:
    paper, ours = load_protocols(Fit().protocols)
    assert (paper, ours) == (load_protocol("paper"), load_protocol("default"))
    with pytest.raises(SettingsError, match="published results need `pools`"):
        FitProtocol(name="bins").published()


def test_a_protocol_is_a_name_a_file_or_a_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf" / "protocols").mkdir(parents=True)
    (tmp_path / "conf" / "protocols" / "mine.yaml").write_text("{name: mine, bins: {classification: {edges: 9}}}")
    (tmp_path / "other.yaml").write_text("name: other")
    monkeypatch.chdir(tmp_path)
    given = Fit.model_validate({"protocols": ["mine", str(tmp_path / "other.yaml"), {"name": "inline"}]})
    loaded = load_protocols(given.protocols)
    assert [one.name for one in loaded] == ["mine", "other", "inline"]
    assert loaded[0].binning("classification", "c").edges == 9


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        ({"name": "x", "bins": {"clasification": {}}}, "did you mean 'classification'?"),
        ({"name": "x", "bins": {"retrieval": {"edges": 4, "drop_low": 2}}}, "leave fewer than 3"),
        (
            {"name": "x", "bins": {"classification": {"edges": 5, "corpora": {"c": {"drop_low": 1, "drop_high": 4}}}}},
            "c: 5 edges without 1 low and 4 high bins leave fewer than 3",
        ),
        ({"name": "x", "first": "p"}, "first"),
        ({"name": "a b"}, "name"),
        ({"name": "x", "pools": {"classification": {"sets": []}}}, "pools"),
    ],
)
def test_a_bad_protocol_is_refused_with_its_file_and_key(tmp_path: Path, protocol: dict[str, Any], said: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(protocol))
    with pytest.raises(SettingsError) as refusal:
        load_protocol(str(path))
    assert said in str(refusal.value) and "bad.yaml" in str(refusal.value)


def test_a_missing_file_and_a_repeated_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="conf/protocols/none.yaml is neither"):
        load_protocol("none")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_protocol(str(tmp_path / "none.yaml"))
    with pytest.raises(SettingsError, match="'paper' is used twice"):
        load_protocols(["paper", FitProtocol(name="paper")])
