# Databricks notebook source
# MAGIC %md
# MAGIC # From a corpus to counts and the law
# MAGIC
# MAGIC A small corpus is drawn and a small CLIP is trained on it; `conceptfreq` counts each concept in
# MAGIC captions, in images and in both, measures the model on fresh images, and fits accuracy against
# MAGIC frequency. All work is done by calls into `jobs` and `udfs`: this notebook only names what to do
# MAGIC and shows what came out.
# MAGIC
# MAGIC Needed on the cluster: `conceptfreq` as a library, and the extras `text`, `images` and `tracking`
# MAGIC where the runtime lacks spaCy, torch, timm, open_clip or MLflow. For a corpus of your own, write
# MAGIC its path into `settings` and leave out the cell that draws.

# COMMAND ----------

from pyspark.sql import SparkSession

from jobs.core.context import Context
from jobs.core.session import get_session
from jobs.loop.draw import draw
from jobs.loop.plan import CorpusDesign
from jobs.loop.train import Training, train
from jobs.notebooks import find_home, parameters
from jobs.results.frequencies import frequencies, misalignment
from jobs.settings.settings import Settings, Spark
from jobs.stages.registry import wanted_stages
from jobs.stages.run import run

# COMMAND ----------

# MAGIC %md
# MAGIC ## Where, and how much
# MAGIC On Databricks the session is there already, and each parameter is a widget; elsewhere a session is
# MAGIC made, and a parameter is a variable of the environment, as in `CONCEPTFREQ_NOTEBOOK_FOLDER`.
# MAGIC `folder` is a place that driver and executors see (empty: a volume `files` in a schema
# MAGIC `conceptfreq_notebook` of the current catalog, or a temporary folder), `steps` the length of training
# MAGIC (900 steps: one to two minutes on two cores), `largest` the highest frequency.

# COMMAND ----------

spark = SparkSession.getActiveSession() or get_session(Spark())
parameter = parameters(globals().get("dbutils"))
home = find_home(spark, parameter("folder", ""))
folder = home.folder

truth = draw(CorpusDesign(max_frequency=int(parameter("largest", "1500"))), folder)
train(f"{folder}/corpus", f"{folder}/model", Training(steps=int(parameter("steps", "900"))))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What the run is
# MAGIC The same keys as in a settings file; `conceptfreq run` takes them as YAML.

# COMMAND ----------

model = {"model": f"{folder}/model"}
settings = Settings.model_validate(
    {
        "name": "notebook",
        "lake": home.lake,
        "corpora": [{"name": "glyphs", "format": "webdataset", "path": f"{folder}/corpus"}],
        "concepts": [{"name": "glyphs", "file": f"{folder}/concepts.txt"}],
        "captions": {"pipeline": "en_core_web_sm", "match": "strict"},
        "images": {"tagger": {"kind": "clip", **model, "floor": 0.1, "threshold": 0.5}},
        "evaluate": {
            "sets": [
                {
                    "name": "fresh",
                    "format": "webdataset",
                    "path": f"{folder}/evaluation",
                    "concepts": "glyphs",
                }
            ],
            "models": [{"name": "tiny", **model}],
            "prompts": ["simple"],
        },
        "fit": {},
        "tracking": home.tracking,
        "report": {"output": f"{folder}/report.html"},
    }
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Counts, accuracy and fit
# MAGIC A second run writes nothing.

# COMMAND ----------

context = Context.open(spark, settings)
result = run(context, wanted_stages(settings))
print(f"{sum(stage.done for stage in result.stages)} of {sum(stage.planned for stage in result.stages)} done")

# COMMAND ----------

# MAGIC %md
# MAGIC ## The most frequent concepts, in captions and in images

# COMMAND ----------

corpus = settings.corpora[0]
for search in ("text", "image", "integrated"):
    rows = frequencies(context, corpus, search)
    print(search, [(row.concept, row.frequency) for row in rows[:5]])
print(misalignment(context, corpus))

# COMMAND ----------

# MAGIC %md
# MAGIC ## The law

# COMMAND ----------

fits = context.lake.rows("fits", ["protocol", "search", "r", "slope_per_decade", "slope_low", "slope_high"])
for fit in fits:
    print(fit)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The same as column functions, on any DataFrame

# COMMAND ----------

from udfs import noun_lemmas

samples = context.lake.read("samples")
samples.select("caption", noun_lemmas("caption").alias("nouns")).show(5, truncate=False)
