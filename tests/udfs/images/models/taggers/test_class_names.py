"""Class names: the bundled ones of ImageNet, and those of a file; looking at results needs them without torch."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from udfs.images.models.taggers.class_names import imagenet_names, read_classes
from udfs.setup_errors import ModelError


def test_the_usual_names_by_index(shared: Path) -> None:
    with (shared / "corpora/imagenet_sample/labels.csv").open() as file:
        usual = [row["class_name"] for row in csv.DictReader(file)]
    assert list(imagenet_names()) == usual
    assert len(set(imagenet_names())) == 998


def test_a_file_of_class_names(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_text("cat\nhouse mouse\ncat\n", "utf-8")
    assert read_classes(str(path)) == ("cat", "house mouse", "cat")
    path.write_text("cat\n\ndog\n", "utf-8")
    with pytest.raises(ModelError, match="line 2 is empty"):
        read_classes(str(path))


def test_they_need_no_torch() -> None:
    program = "import sys, udfs.images.models.taggers.class_names; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
