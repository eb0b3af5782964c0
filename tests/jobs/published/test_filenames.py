"""A file is told by its name; what cannot be told is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from published import count_file

from jobs.published.filenames import CountFile, EvaluationFile, MisalignmentFile, UnexpectedName, meaning
from jobs.published.layout import ReleaseLayout, load_layout
from jobs.settings.settings import Settings


@pytest.fixture(scope="module")
def layout() -> ReleaseLayout:
    return load_layout(Settings(name="paper", lake="./none"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cifar10_cc3m_rampp0.7", CountFile("cifar10", "cc3m", "image", None, 0.7)),
        ("imagenet-sketch_cc12m_rampp0.55", CountFile("imagenet-sketch", "cc12m", "image", None, 0.55)),
        ("let-it-wag_yfcc15m_lemmatized", CountFile("let-it-wag", "yfcc15m", "text", "lemmatized", None)),
        ("let_it_wag_laion400m_lowercased", CountFile("let_it_wag", "laion400m", "text", "lowercased", None)),
        (
            "t2i_laion_aesthetics_integrated_tlemmatized_i0.7",
            CountFile("t2i", "laion_aesthetics", "integrated", "lemmatized", 0.7),
        ),
        (
            "birdsnap_laion200m_train_test_sim_normalized_rampp0.7",
            CountFile("birdsnap", "laion200m_train_test_sim_normalized", "image", None, 0.7),
        ),
        # The set may end in what is a corpus.
        ("new_cc3m_cc12m_lemmatized", CountFile("new_cc3m", "cc12m", "text", "lemmatized", None)),
    ],
)
def test_counts(layout: ReleaseLayout, name: str, expected: CountFile) -> None:
    assert meaning("search_counts", f"{name}_search_counts.json", layout) == expected


def test_of_two_corpora_that_fit_the_longer_is_meant() -> None:
    layout = load_layout(Settings(name="paper", lake="./none")).model_copy(update={"corpora": ["b", "a_b"]})
    assert meaning("search_counts", "x_a_b_lemmatized_search_counts.json", layout).corpus == "a_b"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (
            "zero_shot",
            "imagenet-r_simple_results.json",
            EvaluationFile("zero_shot", "imagenet-r", "simple", "accuracy"),
        ),
        ("zero_shot", "let_it_wag_class_results.json", EvaluationFile("zero_shot", "let_it_wag", "class", "accuracy")),
        ("retrieval", "coco_i2t_k=10_results.json", EvaluationFile("retrieval", "coco", "", "i2t_recall@10")),
        ("retrieval", "flickr_t2i_k=1_results.json", EvaluationFile("retrieval", "flickr", "", "t2i_recall@1")),
        ("t2i", "t2i_human_align.json", EvaluationFile("t2i", "t2i", "", "human_align")),
        ("misalignment", "laion_aesthetics_misalignment_degree.json", MisalignmentFile("laion_aesthetics")),
    ],
)
def test_other_results(layout: ReleaseLayout, kind: str, name: str, expected: object) -> None:
    assert meaning(kind, name, layout) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("search_counts", "cifar10_datacomp_rampp0.7_search_counts.json", "'cifar10_datacomp' ends in no known corpus"),
        ("search_counts", "cc3m_rampp0.7_search_counts.json", "'cc3m' ends in no known corpus"),
        ("search_counts", "_cc3m_rampp0.7_search_counts.json", "'_cc3m' ends in no known corpus"),
        ("search_counts", "cifar10_cc3m_rampp7_search_counts.json", "from 0 to below 1 is expected, found 7"),
        ("search_counts", "cifar10_cc3m_rampp_search_counts.json", "the name is not like {set}_{corpus}_{search}"),
        ("search_counts", "cifar10_cc3m_lemmatized_search_counts.json.bak", "the name is not like"),
        ("zero_shot", "cifar10_best_results.json", "the name is not like {set}_{prompt}_results.json"),
        ("zero_shot", "rename.py", "the name is not like"),
        ("retrieval", "coco_i2t_k=0_results.json", "the name is not like {set}_{i2t|t2i}_k={k}_results.json"),
        ("t2i", "human_align.json", "the name is not like t2i_{metric}.json"),
        ("misalignment", "datacomp_misalignment_degree.json", "corpus 'datacomp' is not known; corpora: cc3m,"),
    ],
)
def test_a_name_that_says_nothing_is_refused(layout: ReleaseLayout, kind: str, name: str, said: str) -> None:
    with pytest.raises(UnexpectedName) as refusal:
        meaning(kind, name, layout)  # type: ignore[arg-type]
    assert said in str(refusal.value)


def test_every_published_name_is_read(paper: Path, layout: ReleaseLayout) -> None:
    names = sorted((paper / "raw" / "search_counts").iterdir())
    for path in names:
        means = meaning("search_counts", path.name, layout)
        assert isinstance(means, CountFile)
        assert f"search_counts/{path.name}" == count_file(
            means.set, means.corpus, means.search, means.method, means.threshold or 0
        )
    assert len(names) == 79
