"""Whether confidences are what they say: of images with a confidence of 0.8, are 80 % right?

The expected calibration error is that of Guo, Pleiss, Sun and Weinberger ("On calibration of modern neural networks",
ICML 2017, section 2): the mean over BINS equal bins of top-1 confidence, weighted by their images, of the distance
between accuracy and mean confidence. Few images make it too large: by chance alone, the accuracy of 10 images is not
their confidence.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

# As in the paper's tables. A bin holds the confidences above its lower end, and up to its upper one.
BINS: Final = 15


def calibration_error(images: ArrayLike, right: ArrayLike, confidence: ArrayLike) -> float | None:
    """The expected calibration error (0 to 1) of bins: images, right ones, and sums of confidence, each (n,).

    None without an image.
    """
    count = np.asarray(images, np.float64)
    if not count.sum():
        return None
    distances = np.abs(np.asarray(right, np.float64) - np.asarray(confidence, np.float64))
    return float(distances.sum() / count.sum())
