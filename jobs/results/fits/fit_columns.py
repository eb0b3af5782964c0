"""The columns by which rows name the fit that they belong to."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from jobs.results.fits.fitted import KEY

FIT: Final = pa.schema([(name, pa.float64() if name == "threshold" else pa.string()) for name in KEY])
