# Databricks notebook source
# MAGIC %md
# MAGIC # What to collect next
# MAGIC
# MAGIC If accuracy follows frequency, the concepts that a model lacks are those that its corpus lacks. This
# MAGIC notebook looks at the long tail, plans how many samples concepts would need, cuts a corpus to balance,
# MAGIC and shows the samples of one concept (docs/tails.md, docs/law.md, docs/samples.md).

# COMMAND ----------

from jobs import Notebook, make_example, open_run

# COMMAND ----------

# MAGIC %md
# MAGIC ## A corpus and a model
# MAGIC `folder`, `steps` and `largest` are parameters, as in the notebooks before. For a corpus of your own, write
# MAGIC its settings and leave out the call that draws.

# COMMAND ----------

notebook = Notebook(globals())
home = notebook.home(notebook.parameter("folder", ""))
example = make_example(
    home.folder,
    max_frequency=int(notebook.parameter("largest", "1500")),
    steps=int(notebook.parameter("steps", "900")),
)
run = open_run({**example, "name": "collect", "lake": home.lake, "tracking": home.tracking}, notebook.spark)
run.execute()

# COMMAND ----------

# MAGIC %md
# MAGIC ## How long is the tail?
# MAGIC Shares of concepts below 10, 100 and 1,000 samples, the inequality of all (Gini), and the exponent of
# MAGIC the power law, if there is one.

# COMMAND ----------

notebook.show(run.tails("text").T.reset_index())

# COMMAND ----------

# MAGIC %md
# MAGIC ## The rarest concepts, with their scores
# MAGIC Concepts whose count the audit mistrusts are left out: what a search does not find is no tail.

# COMMAND ----------

notebook.show(run.longtail(concepts=15))

# COMMAND ----------

# MAGIC %md
# MAGIC ## How many samples for ten points more?
# MAGIC By the slope of the law and the ends of its interval. These are means: a single concept may need fewer
# MAGIC or many more. Where the law has a knot, or its slope may be 0, the answer is a note and no number.

# COMMAND ----------

plan = run.plan(gain=0.1)
text = plan[plan["search"] == "text"]
columns = ["concept", "frequency", "score", "needed", "low", "high", "note"]
notebook.show(text.sort_values("frequency").head(15)[columns])

# COMMAND ----------

# MAGIC %md
# MAGIC A law in the logarithm makes the same gain cost ten times more for a concept that is ten times as frequent:
# MAGIC what a rare concept needs is found with a few samples, and what a frequent one needs is another corpus. That
# MAGIC is the case for collecting by concept, and against collecting more of the same. A line cannot go on beyond a
# MAGIC score of 1, so do not read it far outside of the frequencies that were fitted.

# COMMAND ----------

# MAGIC %md
# MAGIC ## A corpus cut to balance
# MAGIC No concept keeps many more than `cap` samples, as MetaCLIP cuts its pool. The second table has the keys
# MAGIC of what is kept, for a loader.

# COMMAND ----------

concepts, kept = run.balance(cap=50)
notebook.show(concepts.head(10))
notebook.show(kept.head())

# COMMAND ----------

# MAGIC %md
# MAGIC ## Samples of one concept
# MAGIC Drawn by a seed: the same seed shows the same samples.

# COMMAND ----------

frequent = text.sort_values("frequency")["concept"].iloc[-1]
notebook.show(run.samples(frequent, limit=5)[["shard", "sample", "caption"]])
