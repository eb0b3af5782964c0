"""pandas is left out only until somebody asks for it, and then works as ever."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from jobs.core.lean_arrow import leave_out_pandas
{first}
leave_out_pandas()
assert not any("NoPandas" in repr(finder) for finder in sys.meta_path)
import pyarrow as pa
import pyarrow.dataset
table = pa.table({{"number": pa.array([1, None, 3])}})
table.filter(pyarrow.dataset.field("number") > 1)
print("pandas" in sys.modules)
frame = table.to_pandas()
import pandas
assert isinstance(frame, pandas.DataFrame) and frame["number"].isna().sum() == 1
# A Series is recognised: nothing but its categories tells that this is a dictionary.
assert pa.types.is_dictionary(pa.array(frame["number"].astype("category")).type)
assert pa.Table.from_pandas(frame)["number"].null_count == 1
"""


def imported(first: str = "") -> str:
    """Whether pandas is imported when Arrow has made values and a dataset, after running `first`."""
    words = [sys.executable, "-c", SCRIPT.format(first=first)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_arrow_does_without_pandas_until_it_is_asked_for() -> None:
    assert imported() == "False"


def test_a_process_that_has_pandas_keeps_it() -> None:
    assert imported("import pandas") == "True"
