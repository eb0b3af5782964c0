# Databricks notebook source
# MAGIC %md
# MAGIC # New shards, new corpora, and a schedule
# MAGIC
# MAGIC A corpus grows, and another one lands. The same run is started again, and reads what is new: the ledger knows
# MAGIC every shard that is done. This notebook lets shards arrive, runs again, shows what changed, and ends with the
# MAGIC ways to have all that done by a schedule (docs/schedules.md, docs/databricks.md). Only captions are read.

# COMMAND ----------

import os
import shutil
from datetime import UTC, datetime

from jobs import Notebook, draw_example, open_run

# COMMAND ----------

# MAGIC %md
# MAGIC ## A folder where shards arrive
# MAGIC A corpus of eight shards is drawn aside, as whoever collects it would make it. Five of them have arrived.
# MAGIC `folder` and `largest` are parameters as in the first notebook.

# COMMAND ----------

notebook = Notebook(globals())
home = notebook.home(notebook.parameter("folder", ""))
largest = int(notebook.parameter("largest", "1500"))
made, arriving = f"{home.folder}/made", f"{home.folder}/arriving"
example = draw_example(made, max_frequency=largest)
shutil.rmtree(arriving, ignore_errors=True)
os.makedirs(arriving)
shards = sorted(os.listdir(f"{made}/corpus"))
for shard in shards[:5]:
    shutil.copy(f"{made}/corpus/{shard}", arriving)
print(len(shards), sorted(os.listdir(arriving)))

# COMMAND ----------

# MAGIC %md
# MAGIC ## The first night
# MAGIC `stages` of the result has the work of this run: `committed` of the `planned` shards were done now.

# COMMAND ----------

grown = {"name": "grown", "format": "webdataset", "path": arriving}
settings = {**example, "name": "schedule", "lake": home.lake, "corpora": [grown]}
run = open_run(settings, notebook.spark)
for work in run.execute().stages:
    print(f"{work.corpus}, {work.stage}: {work.committed} of {work.planned} shards")
notebook.show(run.frequencies("text")[["concept", "frequency", "samples"]].head(5))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Three more shards arrive
# MAGIC They are copied under a hidden name and renamed when they are whole, so that no run reads half of one. The same
# MAGIC run reads these three and none of the five.

# COMMAND ----------

before = datetime.now(UTC)
for shard in shards[5:]:
    shutil.copy(f"{made}/corpus/{shard}", f"{arriving}/.{shard}")
    os.rename(f"{arriving}/.{shard}", f"{arriving}/{shard}")
for work in run.execute().stages:
    print(f"{work.corpus}, {work.stage}: {work.committed} of {work.planned} shards")

# COMMAND ----------

# MAGIC %md
# MAGIC ## What changed
# MAGIC Each concept's frequency before the night and now, the largest change first. On the command line this is
# MAGIC `conceptfreq counts CONFIG --search text --since 2026-01-31`.

# COMMAND ----------

changes = run.changes("text", before)
notebook.show(changes[["concept", "before", "frequency", "change", "what"]].head(10))
notebook.show(changes["what"].value_counts().reset_index())

# COMMAND ----------

# MAGIC %md
# MAGIC The eight shards are equal parts of one drawing in random order, 2,529 samples each, so three more make a
# MAGIC frequent concept grow by about three fifths of what it had: by default *zeta* from 919 captions to 1,463,
# MAGIC *blossom* from 845 to 1,365. What is rare jumps: *hash* and *jupiter* were in no caption of the first five
# MAGIC shards and are in four now, and nine concepts have what they had. One count of a small part says little of
# MAGIC rare concepts.

# COMMAND ----------

# MAGIC %md
# MAGIC ## Another corpus lands
# MAGIC It is one more entry under `corpora`. Half of its captions say a synonym for some concepts. The first corpus is
# MAGIC left alone.

# COMMAND ----------

another = draw_example(f"{home.folder}/second", max_frequency=largest, synonyms=0.5)["corpora"][0]
both = open_run({**settings, "corpora": [grown, {**another, "name": "second"}]}, notebook.spark)
for work in both.execute().stages:
    print(f"{work.corpus}, {work.stage}: {work.committed} of {work.planned} shards")
counts = both.frequencies("text").pivot(index="concept", columns="corpus", values="frequency")
counts["difference"] = counts["second"] - counts["grown"]
notebook.show(counts.sort_values("difference").head(10).reset_index())

# COMMAND ----------

# MAGIC %md
# MAGIC Both corpora have the same images, and the same captions but for 24 concepts, of which half of the captions
# MAGIC say another noun. So half of each is gone for a search by its name, by default 504 of 982 captions with a
# MAGIC *coffin* and 458 of 900 with a *cow*, and for all other concepts the difference is 0. What a corpus calls
# MAGIC its things is part of every frequency. Aliases bring the lost half back, as the next notebook shows.

# COMMAND ----------

# MAGIC %md
# MAGIC ## A night with nothing new
# MAGIC The run lists both corpora, finds every shard done, and writes nothing: a schedule may start it as often as it
# MAGIC likes.

# COMMAND ----------

print(both.execute().idle)

# COMMAND ----------

# MAGIC %md
# MAGIC ## By whom it is started
# MAGIC - **On Databricks**, the bundle's job `count` starts when files have arrived in the volume's folder `corpus/`
# MAGIC   and five minutes were quiet, and its job `fit` when counts have changed. `databricks bundle deploy --target
# MAGIC   prod` makes both (resources/count.yml, resources/fit.yml).
# MAGIC - **By cron or a workflow**, `conceptfreq run CONFIG` starts at its time; with nothing to do it ends after 2 s.
# MAGIC - **On a machine that is always on**, `conceptfreq watch CONFIG` lists the corpora each minute, and runs when a
# MAGIC   shard is new or has changed.
# MAGIC
# MAGIC Two runs do not meet: the second is refused while the first holds its lease, and says who holds it.
