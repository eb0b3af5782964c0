# Databricks notebook source
# MAGIC %md
# MAGIC # The paper's results, recomputed
# MAGIC
# MAGIC arXiv 2404.04125 published how often each concept occurs in six corpora, and how well models do on
# MAGIC it. This notebook loads a clone of the authors' repository into the same tables that a corpus of
# MAGIC your own fills, fits performance against frequency as the authors do and as we would, and looks at
# MAGIC what came out. All work is done by calls into `jobs`.
# MAGIC
# MAGIC Needed on the cluster: `conceptfreq` as a library with its `conf/` folder beside it, MLflow and
# MAGIC matplotlib (both are part of the machine learning runtime).

# COMMAND ----------

import os
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.core.context import Context
from jobs.core.session import get_session
from jobs.notebooks import find_home, parameters
from jobs.published.layout import load_layout
from jobs.published.load import load
from jobs.published.results import read_results
from jobs.reproduction.pictures import pictures
from jobs.reproduction.recompute import reproduce
from jobs.settings.settings import Settings, Spark

# COMMAND ----------

# MAGIC %md
# MAGIC ## Load
# MAGIC Parameters are widgets on Databricks and variables of the environment elsewhere: `published`
# MAGIC (`CONCEPTFREQ_PUBLISHED`) names the clone, or a folder with a part of it, `folder`
# MAGIC (`CONCEPTFREQ_NOTEBOOK_FOLDER`) a place for figures and tables; if it is empty, one is made. A second
# MAGIC import of the same files writes nothing.

# COMMAND ----------

spark = SparkSession.getActiveSession() or get_session(Spark())
parameter = parameters(globals().get("dbutils"))
clone = Path(parameter("published", os.environ.get("CONCEPTFREQ_PUBLISHED", "frequency_determines_performance")))
home = find_home(spark, parameter("folder", ""))
folder = home.folder
settings = Settings.model_validate(
    {
        "name": "paper",
        "lake": home.lake,
        "fit": {"protocols": ["paper", "default"]},
    }
)
context = Context.open(spark, settings)

results = read_results(clone, load_layout(settings))
load(context, results.parts, results.lists)
print(f"rows: {results.rows}")
print(f"not as expected: {len(results.problems)}, absent: {sum(len(one.files) for one in results.absent)}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Fit
# MAGIC Every corpus, search, threshold, prompt and model that is there, under both protocols: that of the
# MAGIC paper (`conf/protocols/paper.yaml`), and ours (`conf/protocols/default.yaml`).

# COMMAND ----------

found = reproduce(context.lake, settings)
print(f"{len(found.fits.made)} fits, {len(found.fits.refused)} refused")
for refusal in found.fits.refused[:10]:
    print(refusal.protocol, refusal.key.title, refusal.reason)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Look
# MAGIC r between bin means is high by construction of means. Beside it: r over concepts, the slope per
# MAGIC decade with an interval over concepts and one over whole sets, and the slope within sets.

# COMMAND ----------

for fit in found.fits.made:
    law, pooled = fit.law, fit.pooled
    print(
        law.protocol.name,
        fit.pool.key.title,
        f"r {law.r:.3f}, over concepts {law.r_unbinned:.3f}; slope {law.slope_per_decade:+.3g}",
        f"[{law.slope_low:.3g}, {law.slope_high:.3g}] over concepts, [{pooled.sets_low}, {pooled.sets_high}] over sets",
        f"within sets {pooled.slope_within}",
    )

# COMMAND ----------

# MAGIC %md
# MAGIC ## The figures
# MAGIC Accuracy by corpus, thresholds, retrieval, text to image, corpora against each other, the long tail
# MAGIC and Let it Wag!, as far as the clone has them.

# COMMAND ----------

for name, figure in pictures(found):
    figure.savefig(f"{folder}/{name}.png")
    print(f"{folder}/{name}.png")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Corpora against each other
# MAGIC Frequencies are paired by concept; pairing two lists by position says something else as soon as one
# MAGIC list has a name more.

# COMMAND ----------

for crossing in found.crossings:
    print(
        crossing.search,
        crossing.corpora,
        f"{crossing.by_concept.paired} paired, Spearman {crossing.by_concept.spearman}",
        f"by position {crossing.by_position.spearman}",
    )
