"""Hostile and damaged bytes: each ends in a status, and in the one that Pillow alone would give, with its pixels."""

from __future__ import annotations

import re
import resource
import tarfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import fuzz
import pytest
import torch
from PIL import Image, ImageFile

from udfs import statuses
from udfs.images.decode import headers, jpeg
from udfs.images.decode.decoding import Decoded, decode
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.feature_rows import FeatureRow
from udfs.images.running.loaded_models import Models, load_models
from udfs.images.running.pipeline import Pipeline

PAD = ImagePolicy(truncated="pad", exif_rotation=False, alpha="drop", sixteen_bit="clip")
# Headers may promise 89 megapixels, of which Pillow makes room for all before it finds that there are none.
MOST_KB = 1_500_000


def by_pillow(data: bytes, policy: ImagePolicy) -> Decoded:
    """As `decode` does it where no JPEG is plain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jpeg, "is_plain", lambda _: False)
        return decode(data, policy)


def check(images: Iterable[bytes]) -> tuple[Counter[str], int]:
    """Statuses, and how many images took the way of torchvision."""
    seen: Counter[str] = Counter()
    plain = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, data in enumerate(images):
        policy = (DEFAULT, PAD)[number % 2]
        found = decode(data, policy)
        assert found.status in statuses.ALL
        assert (found.image is None) == (found.status != statuses.OK)
        seen[found.status] += 1
        if found.status != statuses.TOO_LARGE and jpeg.decode_plain(data) is not None:
            plain += 1
            expected = by_pillow(data, policy)
            assert (found.status, found.detail) == (expected.status, expected.detail), number
            assert found.image is None or torch.equal(found.image, expected.image), number
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_KB
    return seen, plain


def test_two_hundred_damaged_images() -> None:
    seen, plain = check(map(fuzz.damaged, range(200)))
    assert {statuses.OK, statuses.TRUNCATED_IMAGE, statuses.DECODE_ERROR, statuses.TOO_LARGE} <= set(seen)
    assert plain >= 5


@pytest.mark.long
def test_two_thousand_damaged_images() -> None:
    seen, plain = check(map(fuzz.damaged, range(2000)))
    assert {statuses.NOT_AN_IMAGE, statuses.TRUNCATED_IMAGE, statuses.TOO_LARGE} <= set(seen)
    assert plain >= 50


@contextmanager
def memory_below(kilobytes: int) -> Iterator[None]:
    """What this process takes meanwhile, beyond what it has, stays below this."""
    Path("/proc/self/clear_refs").write_text("5")  # its peak begins anew
    before = memory("VmRSS")
    yield
    assert memory("VmHWM") - before < kilobytes


def memory(what: str) -> int:
    """Kilobytes that this process has, or had at most."""
    found = re.search(rf"^{what}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def check_pipeline(models: Models, count: int, threads: int) -> Counter[str]:
    """Statuses of as many damaged images, every second under each policy: those that `decode` gives them."""
    seen: Counter[str] = Counter()
    for start, policy in enumerate((DEFAULT, PAD)):
        rows = ((FeatureRow("s", str(at), statuses.OK), fuzz.damaged(at)) for at in range(start, count, 2))
        with memory_below(MOST_KB):
            answered = list(Pipeline(models, policy, threads).run(rows))
        assert [int(row.sample) for row in answered] == list(range(start, count, 2))
        for row in answered:
            assert row.status in statuses.ALL
            assert row.status == decode(fuzz.damaged(int(row.sample)), policy).status, row.sample
            assert (row.found is None) == (row.status != statuses.OK)
            assert row.found is None or (row.found.embedding and row.found.scores is not None)
        seen.update(row.status for row in answered)
    return seen


@pytest.fixture
def models(tiny_clip: Path) -> Models:
    """A tiny network that tags and embeds."""
    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    return load_models(tagger, {"model": str(tiny_clip)}, ("a thing", "another"), floor=0.0, device="cpu")


def test_two_hundred_damaged_images_through_a_pipeline(models: Models) -> None:
    seen = check_pipeline(models, 200, threads=2)
    assert {statuses.OK, statuses.TRUNCATED_IMAGE, statuses.DECODE_ERROR, statuses.TOO_LARGE} <= set(seen)


@pytest.mark.long
@pytest.mark.parametrize("threads", [1, 8])
def test_two_thousand_damaged_images_through_a_pipeline(models: Models, threads: int) -> None:
    seen = check_pipeline(models, 2000, threads)
    assert seen.total() == 2000
    assert {statuses.NOT_AN_IMAGE, statuses.TRUNCATED_IMAGE, statuses.TOO_LARGE} <= set(seen)


def test_hostile_files(shared: Path) -> None:
    found = []
    for path in sorted((shared / "corpora/faults").glob("*.tar")):
        try:
            with tarfile.open(path) as tar:
                found += [tar.extractfile(one).read() for one in tar if one.isreg()]  # type: ignore[union-attr]
        except tarfile.ReadError:
            found.append(path.read_bytes())
    seen, _ = check(found)
    assert seen.total() >= 60


def photos(shared: Path, step: int) -> list[bytes]:
    files = sorted((shared / "corpora/imagenet_sample/images").iterdir())[::step]
    return [path.read_bytes() for path in files]


def test_photos_have_the_pixels_that_pillow_gives(shared: Path) -> None:
    _, plain = check(photos(shared, 20))
    assert plain >= 45, "photos are plain"


@pytest.mark.long
def test_all_photos_have_the_pixels_that_pillow_gives(shared: Path) -> None:
    found = photos(shared, 1)
    for path in sorted((shared / "corpora/wds/flickr_like").glob("*.tar")):
        with tarfile.open(path) as tar:
            found += [tar.extractfile(one).read() for one in tar if one.name.endswith(".jpg")]  # type: ignore[union-attr]
    _, plain = check(found)
    assert plain >= 0.95 * len(found)


@pytest.mark.parametrize("options", [*fuzz.VARIANTS["JPEG"], {"subsampling": 2}, {"optimize": True}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(1, 1), (7, 9), (67, 33), (200, 150)])
def test_every_plain_jpeg_has_the_pixels_that_pillow_gives(
    options: dict[str, object], mode: str, size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    Image.effect_noise(size, 90).convert(mode).save(path, **options)  # type: ignore[arg-type]
    assert check([path.read_bytes()]) == (Counter(ok=1), 1)


def test_what_is_not_plain_is_left_to_pillow() -> None:
    whole = fuzz.intact(0)
    assert jpeg.is_plain(whole)
    assert not jpeg.is_plain(whole[:-2]), "no end"
    assert jpeg.is_plain(whole + bytes(1000)) and not jpeg.is_plain(whole + bytes(1100)), "an end too far from the end"
    assert not jpeg.is_plain(whole[:2] + b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\x02" + whole[2:]), "YCCK"
    assert not jpeg.is_plain(whole[:2] + b"\xff\xe2\x00\x06MPF\0" + whole[2:]), "several pictures"
    frame = whole.index(b"\xff\xc0")
    for at, value, why in ((1, 0xC1, "extended"), (1, 0xC9, "arithmetic"), (4, 12, "12 bit"), (11, 0x41, "4:1:1")):
        changed = bytearray(whole)
        changed[frame + at] = value
        assert not jpeg.is_plain(bytes(changed)), why
    assert not jpeg.is_plain(fuzz.intact(24)), "CMYK"
    for kind in range(1, 6):
        assert not jpeg.is_plain(fuzz.intact(kind))


@pytest.mark.parametrize("piece", [1, 2, 1000, headers.PIECE])
def test_a_jpeg_of_very_many_scans_is_not_decoded(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "PIECE", piece)
    whole = fuzz.intact(0)
    scan = whole[whole.index(b"\xff\xda") : -2]
    usual = whole.count(b"\xff\xda")
    most = whole[:-2] + scan * (headers.MOST_SCANS - usual) + whole[-2:]
    assert headers.image_format(most, DEFAULT) == "JPEG"
    assert decode(most[:-2] + scan + most[-2:]).status == statuses.TOO_LARGE


def test_threads_with_several_policies_each_get_theirs() -> None:
    whole = fuzz.intact(1)
    cut = fuzz.intact(0)[:-40]
    limits = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
    start = threading.Barrier(8)

    def work(thread: int) -> set[str]:
        start.wait()
        policy = (DEFAULT, PAD)[thread % 2]
        return {decode(cut, policy).status for _ in range(60)} | {decode(whole, policy).status for _ in range(3)}

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert found == [{statuses.OK, statuses.TRUNCATED_IMAGE}, {statuses.OK}] * 4
    assert limits == (ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS)
