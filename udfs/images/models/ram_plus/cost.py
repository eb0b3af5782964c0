"""The cost of an image: floating-point operations of the matrix products, two per multiplication with its addition."""

from __future__ import annotations

from dataclasses import dataclass

from udfs.images.models.ram_plus.sizes import Sizes


@dataclass(frozen=True)
class Cost:
    """GFLOP per image of the Swin Transformer, of the labels' queries, and of the rest of the head."""

    visual: float
    queries: float
    head: float

    @property
    def total(self) -> float:
        """GFLOP per image."""
        return self.visual + self.queries + self.head


def cost(sizes: Sizes, labels: int, descriptions: int = 1, image_size: int | None = None) -> Cost:
    """The cost of one image with `labels` labels of `descriptions` descriptions each.

    With one description the labels' vectors and first queries are computed once for all images and cost nothing here.
    """
    side = sizes.image_size(image_size) // sizes.patch
    tokens = 1 + (side // 2 ** (len(sizes.depths) - 1)) ** 2
    vector = sizes.joint * sizes.hidden + sizes.hidden**2
    reweighting = 2 * descriptions * sizes.joint
    queries = labels * (vector + reweighting) if descriptions > 1 else 0
    return Cost(_giga(_visual(sizes, side)), _giga(queries), _giga(_head(sizes, labels, tokens)))


def _visual(sizes: Sizes, side: int) -> int:
    """Multiplications of the Swin Transformer for side x side patches."""
    products = side**2 * sizes.embed * 3 * sizes.patch**2
    for stage, depth in enumerate(sizes.depths):
        width, tokens = sizes.embed * 2**stage, (side // 2**stage) ** 2
        linear = int((4 + 2 * sizes.mlp_ratio) * width**2)
        attention = 2 * sizes.window**2 * width
        merging = 2 * width**2 if stage else 0
        products += tokens * (depth * (linear + attention) + merging)
    return products


def _head(sizes: Sizes, labels: int, tokens: int) -> int:
    """Multiplications of the projection to tokens and of the head after the first queries."""
    keys_and_values = sizes.layers * 2 * tokens * sizes.joint * sizes.hidden
    each = sizes.hidden**2 + 2 * tokens * sizes.hidden + 2 * sizes.hidden * sizes.inner
    later_queries = (sizes.layers - 1) * sizes.hidden**2
    return (
        tokens * sizes.width * sizes.joint
        + keys_and_values
        + labels * (sizes.layers * each + later_queries + sizes.hidden)
    )


def _giga(products: int) -> float:
    return 2 * products / 1e9
