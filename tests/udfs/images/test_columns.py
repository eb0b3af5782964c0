"""Tags and embeddings as columns of anyone's own frame, and as functions of SQL."""

from __future__ import annotations

import inspect
import io
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import random_ram_plus
import tiny
import torch
from PIL import Image

from jobs.settings import image_search
from jobs.settings.corpora import Corpus
from jobs.stages.images import make_task
from udfs import clip_embedding, image_tags, noun_lemmas, register
from udfs.images import columns
from udfs.images.columns import clip_embedding_udf, image_tags_udf
from udfs.images.decode.decoding import decode
from udfs.images.decode.policies import DEFAULT, PAPER, ImagePolicy
from udfs.images.models.clip_model import load_clip
from udfs.images.models.embeddings import decode_embedding
from udfs.images.models.taggers import registry
from udfs.images.models.weights import load_state
from udfs.schemas import LOCATION
from udfs.setup_errors import DeviceError, ModelError

LABELS = ("cat", "dog", "clock")
TAGGERS = ("clip", "classifier", "ram_plus")
CPU = torch.device("cpu")


@pytest.fixture
def taggers(tiny_clip: Path, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """By kind a tagger's section. The classifier has real weights."""
    (tmp_path / "ram_plus").mkdir()
    ram_plus = random_ram_plus.tagger_settings(tmp_path / "ram_plus", LABELS)
    clip = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    return {"clip": clip, "classifier": dict(tiny.TAGGER), "ram_plus": dict(ram_plus)}


@pytest.fixture
def images(picture: Callable[..., bytes]) -> list[bytes | None]:
    """Good ones, with a transparent one that policies read differently, among what is null."""
    pixels = np.random.default_rng(3).integers(0, 256, (40, 30, 4), dtype=np.uint8)
    transparent = io.BytesIO()
    Image.fromarray(pixels).save(transparent, "PNG")
    return [picture(1), None, transparent.getvalue(), b"<html>", picture(2, (300, 200), "JPEG"), b"", picture(3)]


def as_binary(images: Sequence[bytes | None], _: Path) -> pa.Array:
    return pa.array(images, pa.binary())


def as_large_binary(images: Sequence[bytes | None], _: Path) -> pa.Array:
    return pa.array(images, pa.large_binary())


def as_uris(images: Sequence[bytes | None], folder: Path) -> pa.Array:
    """Paths and file URIs by turns."""
    uris: list[str | None] = []
    for number, data in enumerate(images):
        path = folder / f"{number}.image"
        if data is not None:
            path.write_bytes(data)
        uris.append(None if data is None else (str(path), path.as_uri())[number % 2])
    return pa.array(uris, pa.string())


def as_large_uris(images: Sequence[bytes | None], folder: Path) -> pa.Array:
    return as_uris(images, folder).cast(pa.large_string())


def answers(function: Any, *arrays: pa.Array) -> list[list[Any]]:
    """What a worker answers to these arrays, each as a list."""
    return [one.to_pylist() for one in function.func(iter(arrays))]


def registered(**options: Any) -> dict[str, Any]:
    """By name the functions that SQL gets."""
    session = Registered()
    register(session, pipeline=None, **options)
    return session.functions


class Registered:
    """Takes functions as a session does."""

    def __init__(self) -> None:
        self.udf = self
        self.functions: dict[str, Any] = {}

    def register(self, name: str, function: Any) -> None:
        self.functions[name] = function


def scores(section: Mapping[str, Any], data: bytes) -> dict[str, float]:
    """Each label's score of one image, by the tagger itself."""
    tagger = registry.build(section, LABELS, CPU)
    image = decode(data, PAPER if section["kind"] == "ram_plus" else DEFAULT).image
    assert image is not None
    found = tagger.scores(tagger.preprocessing.pixels(image)[None])[0].tolist()
    return dict(zip(tagger.labels, found, strict=True))


@pytest.mark.parametrize("column", [as_binary, as_large_binary, as_uris, as_large_uris])
@pytest.mark.parametrize("kind", [*TAGGERS, "embedder"])
def test_each_model_looks_at_each_kind_of_column(
    kind: str,
    column: Callable[..., pa.Array],
    taggers: dict[str, dict[str, Any]],
    images: list[bytes | None],
    tiny_clip: Path,
    tmp_path: Path,
) -> None:
    if kind == "embedder":
        function = clip_embedding_udf({"model": str(tiny_clip)}, device="cpu")
    else:
        function = image_tags_udf(taggers[kind], LABELS, floor=0.0, device="cpu")
    whole = column(images, tmp_path)
    first, none, rest = answers(function, whole[:3], whole[:0], whole[3:])
    assert (len(first), none) == (3, [])
    found = first + rest
    assert [one is None for one in found] == [False, True, False, True, False, True, False]
    for one, data in zip(found, images, strict=True):
        if one is None or data is None:
            continue
        if kind == "embedder":
            image = decode(data).image
            assert image is not None
            model = load_clip(str(tiny_clip), None)
            expected = model.embed_images(model.preprocessing.pixels(image)[None])[0].numpy()
            np.testing.assert_allclose(decode_embedding(one, 32), expected, atol=1e-3)
        else:
            tags = {tag["label"]: tag["score"] for tag in one}
            assert tags == pytest.approx(scores(taggers[kind], data), abs=1e-5)
            assert list(tags.values()) == sorted(tags.values(), reverse=True)


@pytest.mark.parametrize("kind", TAGGERS)
def test_a_section_of_a_run_gives_the_tags_of_that_run(
    kind: str, taggers: dict[str, dict[str, Any]], images: list[bytes | None], tmp_path: Path
) -> None:
    """With all its keys: thresholds, a floor between the scores, and nulls."""
    each = [score for data in images if data and data != b"<html>" for score in scores(taggers[kind], data).values()]
    section = {**taggers[kind], "floor": float(np.median(each)), "threshold": [0.99], "sha256": None}
    run = image_search.Images.model_validate({"tagger": section, "device": "cpu"})
    assert run.tagger is not None
    uris = as_uris(images, tmp_path)
    place = {"layout": "file", "offset": None, "length": None, "row_group": None, "row": None}
    rows = [(".", f"{number}.image", place if data is not None else None) for number, data in enumerate(images)]
    names = {"shard": [row[0] for row in rows], "sample": [row[1] for row in rows]}
    batch = pa.table({**names, "ordinal": list(range(len(rows)))})
    batch = batch.append_column("image", pa.array([row[2] for row in rows], LOCATION))
    corpus = Corpus(name="images", format="folder", path=str(tmp_path))
    task = make_task(run, corpus, str(tmp_path), LABELS if kind == "clip" else ())
    expected = [row["tags"] for found in task(iter(batch.to_batches())) for row in found.to_pylist()]
    assert any(expected) and min(tag["score"] for tags in expected for tag in tags or []) > np.median(each)
    for dictionary in (section, run.tagger.model_dump()):
        assert answers(image_tags_udf(dictionary, LABELS, device="cpu"), uris) == [expected]


def test_an_argument_goes_before_the_floor_of_the_dictionary(
    taggers: dict[str, dict[str, Any]], images: list[bytes | None]
) -> None:
    clip = {**taggers["clip"], "floor": 1}
    one = as_binary(images[:1], Path())
    assert answers(image_tags_udf(clip, LABELS, device="cpu"), one) == [[[]]]
    in_sql = registered(tagger=clip, labels=LABELS, floor=0.0, device="cpu")["image_tags"]
    for function in (image_tags_udf(clip, LABELS, floor=0.0, device="cpu"), in_sql):
        [[tags]] = answers(function, one)
        assert len(tags) == len(LABELS)


def test_the_usual_floor_is_that_of_a_run(taggers: dict[str, dict[str, Any]], images: list[bytes | None]) -> None:
    for section in (image_search.Classifier, image_search.ClipTagger, image_search.RamPlus):
        (kind,) = section.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
        assert registry.default_floor({"kind": kind}) == section.model_fields["floor"].default
    # All scores near 0.2: below what is usual for this kind, and above what is for the others.
    path = Path(taggers["ram_plus"]["weights"])
    state = load_state(str(path))
    torch.save({"model": {**state, "fc.bias": torch.full_like(state["fc.bias"], -1.4)}}, path)
    assert all(0.1 < score < 0.3 for score in scores(taggers["ram_plus"], images[0] or b"").values())
    one = as_binary(images[:1], Path())
    assert answers(image_tags_udf(taggers["ram_plus"], device="cpu"), one) == [[[]]]
    # Twenty names alike have 0.05 each.
    names = [f"cat{' ' * number}" for number in range(20)]
    assert answers(image_tags_udf(taggers["clip"], names, device="cpu"), one) == [[[]]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"flor": 0.2}, "unknown flor; known are .*floor"),
        ({"kind": "oracle"}, "kind 'oracle' is not known: expected classifier, clip, ram_plus"),
        ({"floor": "0.2"}, "floor '0.2': expected a number from 0 to 1"),
        ({"floor": 1.5}, "floor 1.5: expected a number from 0 to 1"),
    ],
)
def test_settings_that_do_not_fit_are_refused_before_any_task(
    changes: dict[str, Any], said: str, taggers: dict[str, dict[str, Any]]
) -> None:
    with pytest.raises(ModelError, match=said):
        image_tags_udf({**taggers["clip"], **changes}, LABELS)
    with pytest.raises(ModelError, match="embedder: unknown flor; known are .*normalize"):
        clip_embedding("image", "ViT-B-32", flor=0.2)


def test_a_policy_and_a_precision_are_taken_by_all(
    taggers: dict[str, dict[str, Any]], images: list[bytes | None], tiny_clip: Path
) -> None:
    """By the functions, and by what is registered for SQL."""
    section, embedder = {**taggers["clip"], "floor": 0.0}, {"model": str(tiny_clip)}
    transparent = as_binary(images[2:3], Path())

    def functions(**options: Any) -> list[list[Any]]:
        options = {"device": "cpu", **options}
        in_sql = registered(tagger=section, embedder=embedder, labels=LABELS, **options)
        tags = [image_tags_udf(section, LABELS, **options), in_sql["image_tags"]]
        return [tags, [clip_embedding_udf(embedder, **options), in_sql["clip_embedding"]]]

    usual, paper = functions(), functions(policy=PAPER)
    for (one, other), (one_by_paper, other_by_paper) in zip(usual, paper, strict=True):
        assert answers(one, transparent) == answers(other, transparent) != answers(one_by_paper, transparent)
        assert answers(one_by_paper, transparent) == answers(other_by_paper, transparent)
    for function in sum(functions(precision="float16"), []):
        with pytest.raises(DeviceError, match="precision float16 needs a GPU"):
            answers(function, transparent)


def test_sql_has_the_options_of_the_column_functions() -> None:
    offered = set(inspect.signature(register).parameters)
    of_sections = {"column", "model", "weights", "settings"}
    for function in (image_tags, clip_embedding, noun_lemmas):
        assert set(inspect.signature(function).parameters) - of_sections <= offered


@dataclass
class Bucket:
    """A small S3: files by name, each answered after `seconds`; `lost` is gone once it is opened.

    `most` requests came at a time, `sent` bytes went.
    """

    files: dict[str, bytes]
    lost: str = ""
    seconds: float = 0.05
    address: str = ""
    now: int = 0
    most: int = 0
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def uri(self, name: str) -> str:
        return f"s3://anonymous@bucket/{name}?scheme=http&region=here&endpoint_override={self.address}"


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    bucket: Bucket

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, wanted: bool) -> None:
        bucket = self.bucket
        with bucket.lock:
            bucket.now += 1
            bucket.most = max(bucket.most, bucket.now)
        time.sleep(bucket.seconds)
        name = self.path.removeprefix("/bucket/")
        data = bucket.files.get(name) if not (wanted and name == bucket.lost) else None
        if data is not None and "Range" in self.headers:
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            data = data[first : last + 1]
        with bucket.lock:
            bucket.now -= 1
            bucket.sent += len(data or b"") if wanted else 0
        self.send_response(404 if data is None else 206 if "Range" in self.headers else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        if wanted and data:
            self.wfile.write(data)


class Server(ThreadingHTTPServer):
    # As many as may wait to be let in: each comes by a connection of its own.
    request_queue_size = 128


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    files = Bucket({})
    with Server(("127.0.0.1", 0), type("Handler", (Request,), {"bucket": files})) as server:
        files.address = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield files
        server.shutdown()


def contents(uris: Sequence[str | None], policy: ImagePolicy = DEFAULT) -> Generator[Any, None, None]:
    """What a pipeline is given of a column of URIs."""
    source: Any = columns._contents([pa.array(uris, pa.string())], policy)
    with closing(source):
        for _, content in source:
            yield content


def test_uris_are_fetched_several_at_a_time_and_answered_in_order(bucket: Bucket) -> None:
    bucket.files = {f"{number}": b"%d" % number for number in range(60)}
    bucket.lost = "9"
    names = [f"{number}" if number % 7 else f"gone{number}" for number in range(60)]
    uris: list[str | None] = [bucket.uri(name) for name in names]
    uris[10], uris[11] = None, "nonsense://11"
    found = list(contents(uris))
    assert found.pop() is columns.ABSENT, "the mark of the end"
    absent = {number for number, data in enumerate(found) if data is columns.ABSENT}
    assert absent == {*range(0, 60, 7), 9, 10, 11}
    assert all(data == b"%d" % number for number, data in enumerate(found) if number not in absent)
    assert columns.FETCHES // 4 <= bucket.most <= columns.FETCHES


def test_what_is_fetched_ahead_is_bounded_in_bytes(bucket: Bucket) -> None:
    size, bucket.seconds = 3 << 20, 0.0
    bucket.files = dict.fromkeys(map(str, range(40)), bytes(size))
    coming = contents([bucket.uri(name) for name in bucket.files])
    for taken in range(1, 20):
        assert len(next(coming)) == size
        settled(bucket)
        assert bucket.sent <= taken * size + columns.FETCHED
    # The next three are there, at the least.
    assert bucket.sent >= (taken + 3) * size
    coming.close()


def settled(bucket: Bucket) -> None:
    """Wait until nothing has been sent for a while."""
    sent = -1
    while bucket.now or sent != bucket.sent:
        sent = bucket.sent
        time.sleep(0.1)


def test_an_image_larger_than_all_that_is_read_ahead_is_read_in_its_turn(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "FETCHED", 1000)
    bucket.files = {"0": bytes(10), "1": bytes(5000), "2": bytes(3000), "3": bytes(20)}
    uris = [bucket.uri(name) for name in bucket.files]
    assert [len(data) for data in list(contents(uris))[:-1]] == [10, 5000, 3000, 20]
    # One byte more than the policy allows: as many as a decoder needs to see that.
    bucket.sent = 0
    assert [len(data) for data in list(contents(uris, ImagePolicy(max_bytes=3000)))[:-1]] == [10, 3001, 3000, 20]
    assert bucket.sent == 10 + 3001 + 3000 + 20


def test_threads_end_where_answers_are_no_longer_wanted(bucket: Bucket) -> None:
    bucket.files = dict.fromkeys(map(str, range(100)), b"image")
    coming = contents([bucket.uri(name) for name in bucket.files])
    next(coming)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]
    assert threads
    coming.close()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.long
def test_columns_and_sql_give_the_same(
    spark: Any, tiny_clip: Path, taggers: dict[str, dict[str, Any]], images: list[bytes | None], tmp_path: Path
) -> None:
    """Of a binary column and of one of URIs, by a policy of one's own."""
    embedder, section = {"model": str(tiny_clip)}, {**taggers["clip"], "floor": 0.0}
    rows = list(zip(images, as_uris(images, tmp_path).to_pylist(), strict=True))
    frame = spark.createDataFrame(rows, "image binary, uri string").coalesce(1)
    options: dict[str, Any] = {"device": "cpu", "policy": PAPER}
    selected = [
        function.alias(f"{name}_{column}")
        for column in ("image", "uri")
        for name, function in (
            ("tags", image_tags(column, section, LABELS, **options)),
            ("embedding", clip_embedding(column, **embedder, **options)),
        )
    ]
    found = frame.select(*selected).collect()
    assert [row.tags_image is None for row in found] == [data in (None, b"<html>", b"") for data in images]
    assert {tag.label for tag in found[0].tags_image} == set(LABELS)
    assert decode_embedding(found[0].embedding_image, 32).shape == (32,)
    assert [(row.tags_uri, row.embedding_uri) for row in found] == [
        (row.tags_image, row.embedding_image) for row in found
    ]
    usual = frame.select(clip_embedding("uri", **embedder, device="cpu").alias("embedding")).collect()
    different = [one.embedding != other.embedding_uri for one, other in zip(usual, found, strict=True)]
    assert different == [number == 2 for number in range(len(images))], "only the transparent image"

    names = register(spark, tagger=section, embedder=embedder, labels=LABELS, **options)
    assert names == ("noun_lemmas", "image_tags", "clip_embedding")
    frame.createOrReplaceTempView("pictures")
    query = """SELECT image_tags(image) AS tags_image, clip_embedding(image) AS embedding_image,
        image_tags(uri) AS tags_uri, clip_embedding(uri) AS embedding_uri FROM pictures"""
    assert spark.sql(query).collect() == found
    nouns = spark.sql("SELECT noun_lemmas('Two dogs chase a cat') AS nouns").first().nouns
    assert nouns == ["cat", "dog"]
