"""Tokens of a HuggingFace tokenizer.json as open_clip's HFTokenizer makes them, worked by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import siglips

from udfs.images.models import text_tokens
from udfs.setup_errors import ModelError

TEXT = siglips.SIGLIP["text_cfg"]
PAD, END = 0, 1
PHOTO, CAT, DOG, FIRE, ENGINE, A = 3, 5, 6, 7, 8, 13


def tokens(path: Path, text: str, **changes: Any) -> list[int]:
    tokenize = text_tokens.tokenizer_for("x", {**TEXT, **changes}, str(path))
    (row,) = tokenize([text]).tolist()
    assert len(row) == TEXT["context_length"]
    return row


def test_texts_are_cleaned_ended_and_filled_up(tmp_path: Path) -> None:
    path = siglips.save_tokenizer(tmp_path)
    photo = [A, PHOTO, A, CAT, END]
    assert tokens(path, "A  photo: a CAT!") == photo + [END] * 7
    assert tokens(path, "a_cat &amp; dog") == [A, CAT, DOG] + [END] * 9
    assert tokens(path, "") == [END] * 12
    two = text_tokens.tokenizer_for("x", TEXT, str(path))(["a dog", "a photo a cat"])
    assert two.tolist() == [[A, DOG] + [END] * 10, photo + [END] * 7]


def test_a_long_text_is_cut_and_keeps_its_end(tmp_path: Path) -> None:
    path = siglips.save_tokenizer(tmp_path)
    assert tokens(path, "fire engine " * 9) == [FIRE, ENGINE] * 5 + [FIRE, END]


def test_cleaning_is_what_the_configuration_names(tmp_path: Path) -> None:
    path = siglips.save_tokenizer(tmp_path)
    lower = tokens(path, "a Cat!", tokenizer_kwargs={"clean": "lower"})
    assert lower[:2] == [A, CAT] and lower[2] != END, "punctuation stays"
    assert CAT not in tokens(path, "a Cat", tokenizer_kwargs={}), "letters keep their case by default"


@pytest.mark.parametrize("name", ["<pad>", {"content": "<pad>", "lstrip": False}])
def test_the_token_that_fills_up_is_named_beside_the_file(tmp_path: Path, name: Any) -> None:
    path = siglips.save_tokenizer(tmp_path, pad_token=name)
    assert tokens(path, "a cat") == [A, CAT, END] + [PAD] * 9
    path = siglips.save_tokenizer(tmp_path / "left", pad_token=name, padding_side="left")
    assert tokens(path, "a cat") == [PAD] * 9 + [A, CAT, END]


def test_the_padding_of_the_file_serves_where_nothing_is_said_beside_it(tmp_path: Path) -> None:
    path = siglips.save_tokenizer(tmp_path)
    (tmp_path / text_tokens.SPECIAL).unlink()
    with pytest.raises(ModelError, match=r"tokenizer_config\.json beside it must name the pad_token"):
        tokens(path, "a cat")
    content = json.loads(path.read_text())
    padding = {"direction": "Left", "pad_id": PAD, "pad_token": "<pad>", "pad_type_id": 0, "pad_to_multiple_of": None}
    own = tmp_path / "own" / "tokenizer.json"
    own.parent.mkdir()
    own.write_text(json.dumps({**content, "padding": {"strategy": "BatchLongest", **padding}}))
    assert tokens(own, "a cat") == [PAD] * 9 + [A, CAT, END]


def test_the_separator_is_stripped_where_the_model_wants_that(tmp_path: Path) -> None:
    strip = {"strip_sep_token": True}
    path = siglips.save_tokenizer(tmp_path, pad_token="<pad>", sep_token="</s>")
    assert tokens(path, "a cat", tokenizer_kwargs=strip) == [A, CAT] + [0] * 10
    path = siglips.save_tokenizer(tmp_path / "none")
    with pytest.raises(ModelError, match="must name the sep_token"):
        tokens(path, "a cat", tokenizer_kwargs=strip)


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    path = siglips.save_tokenizer(tmp_path, pad_token="<none>")
    with pytest.raises(ModelError, match="'<none>', which is not in the vocabulary"):
        tokens(path, "a cat")
    with pytest.raises(ModelError, match="not known here: tokens_per_letter"):
        tokens(path, "a cat", tokenizer_kwargs={"tokens_per_letter": 2})
    with pytest.raises(ModelError, match="not known here: clips"):
        tokens(path, "a cat", tokenizer_mode="clips")
    broken = tmp_path / "broken.json"
    broken.write_text('{"version": "1.0"}')
    with pytest.raises(ModelError, match="cannot be read as a HuggingFace"):
        tokens(broken, "a cat")


def test_a_folder_may_hold_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": siglips.SIGLIP}))
    with pytest.raises(ModelError, match=r"'some/SigLIP' comes from a hub.*name the first as `tokenizer`"):
        text_tokens.identity({"model": str(folder)})
    named = siglips.save_tokenizer(tmp_path / "named")
    from_named = text_tokens.identity({"model": str(folder), "tokenizer": str(named)})
    siglips.save_tokenizer(folder)
    assert text_tokens.identity({"model": str(folder)}) == from_named
    assert from_named["tokenizer"]["pad_token"] == "</s>" and len(from_named["tokenizer"]["sha256"]) == 64
    siglips.save_tokenizer(folder, pad_token="<pad>")
    assert text_tokens.identity({"model": str(folder)}) != from_named


def test_models_with_the_tokenizer_of_clip_have_no_file(tiny_clip: Path, tmp_path: Path) -> None:
    assert text_tokens.identity({"model": "ViT-B-32"}) == {}
    path = siglips.save_tokenizer(tmp_path)
    with pytest.raises(ModelError, match="remove `tokenizer`"):
        text_tokens.identity({"model": str(tiny_clip), "tokenizer": str(path)})
