"""Tokenizes texts for models with a HuggingFace tokenizer, such as SigLIP, from a file that the user names.

The file is a `tokenizer.json`; `tokenizer_config.json` beside it names the special tokens. Cleaning, truncation,
padding and the separator are those of open_clip's HFTokenizer (open_clip/tokenizer.py). The library `tokenizers` runs
the file, as it does in transformers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from udfs.images.models import clip_files
from udfs.images.models import weights as files
from udfs.setup_errors import ModelError, WeightsError

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

FILE: Final = "tokenizer.json"
SPECIAL: Final = "tokenizer_config.json"
# The options of open_clip's tokenizer that a configuration may set here.
OPTIONS: Final = frozenset({"clean", "strip_sep_token"})

# N texts -> tokens [N, context length], int64.
Tokenize = Callable[[list[str]], "torch.Tensor"]


@dataclass(frozen=True)
class Special:
    """The padding and separator tokens, and the sides on which texts are padded and truncated."""

    pad_token: str | None = None
    sep_token: str | None = None
    padding_side: str = "right"
    truncation_side: str = "right"


@dataclass(frozen=True, eq=False)
class FileTokenizer:
    """A tokenizer.json, set up for one model."""

    backend: Tokenizer
    clean: Callable[[str], str]
    separator: int | None

    def __call__(self, texts: list[str]) -> torch.Tensor:
        """Tokens [N, context length], int64."""
        import torch

        rows = self.backend.encode_batch([self.clean(text) for text in texts])
        tokens = torch.tensor([row.ids for row in rows])
        return tokens if self.separator is None else tokens.masked_fill(tokens == self.separator, 0)


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a tokenizer's file that can change a token, under the key `tokenizer`; empty for CLIP's own.

    `config` is a model's settings with `model` and perhaps `tokenizer`. Raises ModelError if the model needs a file
    that is absent, or if the settings name a file that it does not need.
    """
    model = str(config["model"])
    source = tokenizer_file(model, _text_config(model), config.get("tokenizer"))
    if source is None:
        return {}
    return {"tokenizer": {"sha256": files.weights_digest(source), **asdict(_special(source))}}


def tokenizer_for(model: str, text_config: Mapping[str, Any], named: str | None = None) -> Tokenize:
    """The tokenizer of a model: CLIP's own, or the file that the user named."""
    source = tokenizer_file(model, text_config, named)
    options = dict(text_config.get("tokenizer_kwargs", {}))
    length = int(text_config.get("context_length", 77))
    if source is None:
        return _clips_own(length, json.dumps(options, sort_keys=True))
    unknown = sorted({*options} - OPTIONS) or [mode for mode in [text_config.get("tokenizer_mode")] if mode]
    if unknown:
        raise ModelError(f"model {model}: its tokenizer has options that are not known here: {', '.join(unknown)}")
    return _from_file(source, length, options.get("clean", "whitespace"), bool(options.get("strip_sep_token")))


def tokenizer_file(model: str, text_config: Mapping[str, Any], named: str | None) -> str | None:
    """The source of the model's tokenizer.json: as named, else in the model's folder. None for CLIP's own."""
    needed = text_config.get("hf_tokenizer_name")
    if named is not None:
        if not needed:
            raise ModelError(f"model {model} has CLIP's own tokenizer, and needs no file: remove `tokenizer`")
        files.resolve(named)
        return named
    if not needed:
        return None
    beside = f"{model.removeprefix('local-dir:').rstrip('/')}/{FILE}"
    if not clip_files.is_built_in(model) and _is_there(beside):
        return beside
    raise ModelError(
        f"model {model}: its tokenizer {needed!r} comes from a hub, and nothing is downloaded here: download {FILE} "
        f"and {SPECIAL} from there into one folder, and name the first as `tokenizer`"
    )


@lru_cache(maxsize=4)
def _clips_own(length: int, options: str) -> Tokenize:
    """CLIP's tokenizer with `options` as JSON. Its vocabulary takes 0.6 s to read: once per process, not per prompt."""
    from open_clip import SimpleTokenizer

    tokenize: Tokenize = SimpleTokenizer(context_length=length, **json.loads(options))
    return tokenize


def _text_config(model: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = clip_files.read_config(model)["model_cfg"].get("text_cfg", {})
    return found


@lru_cache(maxsize=4)
def _from_file(source: str, length: int, clean: str, strip: bool) -> FileTokenizer:
    from open_clip.tokenizer import get_clean_fn

    backend, special = _read(source), _special(source)
    if special.pad_token is None:
        raise ModelError(f"{source} names no token that pads texts: {SPECIAL} beside it must name the pad_token")
    pad = _number(backend, source, special.pad_token)
    backend.enable_truncation(length, direction=special.truncation_side)
    backend.enable_padding(direction=special.padding_side, pad_id=pad, pad_token=special.pad_token, length=length)
    separator = None
    if strip:
        if special.sep_token is None:
            raise ModelError(f"{source}: the model strips the separator; {SPECIAL} beside it must name the sep_token")
        separator = _number(backend, source, special.sep_token)
    return FileTokenizer(backend, get_clean_fn(clean), separator)


def _read(source: str) -> Tokenizer:
    from tokenizers import Tokenizer

    text = files.resolve(source).read_text("utf-8")
    try:
        return Tokenizer.from_str(text)
    except Exception as error:  # the library raises nothing more specific
        raise ModelError(f"{source} cannot be read as a HuggingFace {FILE}: {str(error)[:200]}") from error


def _special(source: str) -> Special:
    """The special tokens of tokenizer_config.json; missing values come from the padding in tokenizer.json itself."""
    padding = json.loads(files.resolve(source).read_text("utf-8")).get("padding") or {}
    folder, _, _ = source.rpartition("/")
    beside = f"{folder}/{SPECIAL}" if folder else SPECIAL
    config = json.loads(files.resolve(beside).read_text("utf-8")) if _is_there(beside) else {}
    return Special(
        pad_token=_content(config.get("pad_token")) or padding.get("pad_token"),
        sep_token=_content(config.get("sep_token")),
        padding_side=config.get("padding_side") or str(padding.get("direction", "right")).lower(),
        truncation_side=config.get("truncation_side") or "right",
    )


def _content(token: Any) -> str | None:
    """A special token's text, which is written as a string or as an object with flags."""
    found: str | None = token.get("content") if isinstance(token, Mapping) else token
    return found


def _number(backend: Tokenizer, source: str, token: str) -> int:
    found = backend.token_to_id(token)
    if found is None:
        raise ModelError(f"{source}: {SPECIAL} names the token {token!r}, which is not in the vocabulary")
    return int(found)


def _is_there(source: str) -> bool:
    try:
        files.resolve(source)
    except WeightsError:
        return False
    return True
