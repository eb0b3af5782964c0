"""Checks that a pipeline has the one structure that the fast path computes, and reads its weights.

The check reads the loaded layers, not a name or a version. A pipeline that was trained anew with the same architecture
fits; a pipeline with another layer, feature or rule does not, and spaCy itself runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from spacy.language import Language

Floats = NDArray[np.float32]

# The features of a token in the order of the pipeline's columns; spaCy's MultiHashEmbed hashes each into its own table.
FEATURES: Final = ("NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE")
DEPTH: Final = 4
_PIPES: Final = ("tok2vec", "tagger", "attribute_ruler", "lemmatizer")
_MAXOUT: Final = "maxout>>layernorm>>dropout"
_EMBED: Final = "extract_features>>list2ragged>>with_array({})>>with_array({})>>ragged2list".format(
    "|".join(["ints-getitem>>hashembed"] * len(FEATURES)), _MAXOUT
)
_ENCODE: Final = f"with_array({'>>'.join([f'residual(expand_window>>{_MAXOUT})'] * DEPTH)})"
_TAGGER: Final = "tok2vec-listener>>with_array(softmax)"


class Misfit(ValueError):
    """The pipeline does not have the structure that the fast path computes; the message says where it differs."""


@dataclass(frozen=True)
class Maxout:
    """A maxout layer of three pieces with layer normalisation (Goodfellow et al. 2013; Ba et al. 2016).

    weights: [inputs, 3 x width], piece by piece; bias: [3 x width]; scale and shift: [width].
    """

    weights: Floats
    bias: Floats
    scale: Floats
    shift: Floats


@dataclass(frozen=True)
class Weights:
    """The weights of the tagger's network.

    tables: [rows, width] and the hash seed of each feature; tags: [width, labels] and [labels].
    """

    tables: tuple[tuple[Floats, int], ...]
    mixer: Maxout
    convolutions: tuple[Maxout, ...]
    tags: tuple[Floats, Floats]
    labels: tuple[str, ...]


def read_weights(pipeline: Language) -> Weights:
    """The weights of the pipeline's tagger; raises Misfit if it has other layers than the known ones."""
    _expect("components", _PIPES, tuple(pipeline.pipe_names))
    tok2vec: Any = pipeline.get_pipe("tok2vec")
    tagger: Any = pipeline.get_pipe("tagger")
    _expect("layers of tok2vec", f"{_EMBED}>>{_ENCODE}", tok2vec.model.name)
    _expect("layers of tagger", _TAGGER, tagger.model.name)
    embed, encode = tok2vec.model.layers
    _expect("features", FEATURES, tuple(embed.layers[0].attrs["columns"]))
    _expect("padding", DEPTH, encode.attrs["pad"])
    _expect("windows", {1}, {node.attrs["window_size"] for node in encode.walk() if node.name == "expand_window"})
    _expect("overwriting", False, bool(tagger.cfg["overwrite"]))
    return Weights(
        tables=tuple((node.get_param("E"), node.attrs["seed"]) for node in embed.walk() if node.name == "hashembed"),
        mixer=_maxouts(embed)[0],
        convolutions=_maxouts(encode),
        tags=_affine(tagger.model),
        labels=tuple(tagger.labels),
    )


def check_rules(pipeline: Language) -> None:
    """Raise Misfit if the tokenizer or the lemmatizer is not spaCy's for English: the fast path repeats their steps."""
    from spacy.lang.en.lemmatizer import EnglishLemmatizer
    from spacy.tokenizer import Tokenizer
    from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

    tokenizer: Any = pipeline.tokenizer
    lemmatizer: Any = pipeline.get_pipe("lemmatizer")
    defaults: Any = pipeline.Defaults
    _expect("tokenizer", Tokenizer, type(tokenizer))
    _expect("whole tokens", None, tokenizer.token_match)
    for name, known, found in (
        ("prefixes", compile_prefix_regex(defaults.prefixes), tokenizer.prefix_search),
        ("suffixes", compile_suffix_regex(defaults.suffixes), tokenizer.suffix_search),
        ("infixes", compile_infix_regex(defaults.infixes), tokenizer.infix_finditer),
    ):
        _expect(name, known.pattern, found.__self__.pattern)
    spaced = [rule for rule in tokenizer.rules if rule.strip() and rule.split() != [rule]]
    _expect("special cases with spaces", [], spaced)
    _expect("lemmatizer", EnglishLemmatizer, type(lemmatizer))
    _expect("lemmatizer's mode", ("rule", False), (lemmatizer.mode, lemmatizer.overwrite))
    named = [name for name in lemmatizer.lookups.tables if "propn" in lemmatizer.lookups.get_table(name)]
    _expect("lemmatizer's tables of names", [], named)


def _expect(what: str, known: object, found: object) -> None:
    if found != known:
        raise Misfit(f"its {what} are {found}, not {known}")


def _maxouts(model: Any) -> tuple[Maxout, ...]:
    """The maxout layers under a model, each with the normalisation that follows it, in the order of the network."""
    nodes = [node for node in _leaves(model) if node.name in ("maxout", "layernorm")]
    return tuple(_maxout(*pair) for pair in zip(nodes[::2], nodes[1::2], strict=True))


def _leaves(model: Any) -> list[Any]:
    return [leaf for layer in model.layers for leaf in _leaves(layer)] if model.layers else [model]


def _maxout(maxout: Any, norm: Any) -> Maxout:
    weights = maxout.get_param("W")
    outputs, pieces, inputs = weights.shape
    _expect("maxout pieces", 3, pieces)
    return Maxout(
        weights=np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(inputs, pieces * outputs)),
        bias=maxout.get_param("b").T.reshape(-1),
        scale=norm.get_param("G"),
        shift=norm.get_param("b"),
    )


def _affine(model: Any) -> tuple[Floats, Floats]:
    (softmax,) = [node for node in _leaves(model) if node.name == "softmax"]
    return np.ascontiguousarray(softmax.get_param("W").T), softmax.get_param("b")
