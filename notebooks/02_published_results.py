# Databricks notebook source
# MAGIC %md
# MAGIC # The paper's results, recomputed
# MAGIC
# MAGIC arXiv 2404.04125 published how often each concept occurs in six corpora, and how well models do on
# MAGIC it. This notebook loads a clone of the authors' repository into the same tables that a corpus of
# MAGIC your own fills, fits performance against frequency as the authors do and as we would, and looks at
# MAGIC what came out. All work is done by `jobs` (docs/python.md explains each name).
# MAGIC
# MAGIC Needed on the cluster: `conceptfreq` as a library with its `conf/` folder beside it, MLflow and
# MAGIC matplotlib (both are part of the machine learning runtime).

# COMMAND ----------

import os

from jobs import Notebook, open_run, pictures

# COMMAND ----------

# MAGIC %md
# MAGIC ## Load
# MAGIC Parameters are widgets on Databricks and variables of the environment elsewhere: `published`
# MAGIC (`CONCEPTFREQ_PUBLISHED`) names the clone, or a folder with a part of it, `folder`
# MAGIC (`CONCEPTFREQ_NOTEBOOK_FOLDER`) a place for figures and tables; if it is empty, one is made. A second
# MAGIC import of the same files writes nothing.

# COMMAND ----------

notebook = Notebook(globals())
clone = notebook.parameter("published", os.environ.get("CONCEPTFREQ_PUBLISHED", "frequency_determines_performance"))
home = notebook.home(notebook.parameter("folder", ""))
settings = {
    "name": "paper",
    "lake": home.lake,
    "fit": {"protocols": ["paper", "default"]},
}

run = open_run(settings, notebook.spark)
results = run.import_published(clone)
print(f"{sum(results.rows.values()):,} rows of {sum(results.files.values())} files")
print(f"{len(results.problems)} files not as expected, {sum(len(one.files) for one in results.absent)} absent")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Fit
# MAGIC Every corpus, search, threshold, prompt and model that is there, under both protocols: that of the
# MAGIC paper (`conf/protocols/paper.yaml`), and ours (`conf/protocols/default.yaml`).

# COMMAND ----------

found = run.reproduce()
tables = {sheet.name: sheet.frame for sheet in found.sheets}
print(f"{len(tables['fits'])} fits, {len(tables['refused'])} refused")
notebook.show(tables["refused"].head(10))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Look
# MAGIC r between bin means is high by construction of means. Beside it: r over concepts, the slope per
# MAGIC decade with an interval over concepts, and the slope within sets with an interval over whole sets.

# COMMAND ----------

key = ["protocol", "task", "corpus", "search", "threshold", "model", "prompt", "metric"]
notebook.show(tables["fits"][[*key, "r", "r_unbinned", "slope_per_decade", "slope_low", "slope_high"]])
notebook.show(tables["beside"][[*key, "slope_within", "within_low", "within_high", "p_adjusted"]])

# COMMAND ----------

# MAGIC %md
# MAGIC ## The figures
# MAGIC Accuracy by corpus, thresholds, retrieval, text to image, corpora against each other, the long tail
# MAGIC and Let it Wag!, as far as the clone has them.

# COMMAND ----------

for name, figure in pictures(found):
    figure.savefig(f"{home.folder}/{name}.png")
    notebook.show(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Corpora against each other
# MAGIC Frequencies are paired by concept; pairing two lists by position says something else as soon as one
# MAGIC list has a name more.

# COMMAND ----------

notebook.show(tables["cross"])
