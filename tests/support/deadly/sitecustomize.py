"""On PYTHONPATH, this gives Pillow the bugs of native decoders: one size of image crashes every process that decodes
it, another is never done.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from PIL import ImageFile

CRASHES = (13, 17)
NEVER_ENDS = (17, 13)

_load = ImageFile.ImageFile.load


def _deadly(image: ImageFile.ImageFile) -> Any:
    if image.size == CRASHES:
        os.kill(os.getpid(), signal.SIGSEGV)
    while image.size == NEVER_ENDS:
        time.sleep(1)
    return _load(image)


ImageFile.ImageFile.load = _deadly  # type: ignore[method-assign]
