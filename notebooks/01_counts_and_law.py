# Databricks notebook source
# MAGIC %md
# MAGIC # From a corpus to counts and the law
# MAGIC
# MAGIC A small corpus is drawn and a small CLIP is trained on it; `conceptfreq` counts each concept in
# MAGIC captions, in images and in both, measures the model on fresh images, and fits accuracy against
# MAGIC frequency. All work is done by `jobs` and `udfs`: this notebook only names what to do and shows
# MAGIC what came out (docs/python.md explains each name).
# MAGIC
# MAGIC Needed on the cluster: `conceptfreq` as a library, and the extras `text`, `images` and `tracking`
# MAGIC where the runtime lacks spaCy, torch, timm, open_clip or MLflow. For a corpus of your own, write
# MAGIC its path into `settings` and leave out the cell that draws.

# COMMAND ----------

from jobs import Notebook, make_example, open_run

# COMMAND ----------

# MAGIC %md
# MAGIC ## Where, and how much
# MAGIC On Databricks the session is there already, and each parameter is a widget; elsewhere a session is
# MAGIC made, and a parameter is a variable of the environment, as in `CONCEPTFREQ_NOTEBOOK_FOLDER`.
# MAGIC `folder` is a place that driver and executors see (empty: a volume `files` in a schema
# MAGIC `conceptfreq_notebook` of the current catalog, or a temporary folder), `steps` the length of training
# MAGIC (900 steps: one to two minutes on two cores), `largest` the highest frequency.

# COMMAND ----------

notebook = Notebook(globals())
home = notebook.home(notebook.parameter("folder", ""))
folder = home.folder

make_example(
    folder,
    max_frequency=int(notebook.parameter("largest", "1500")),
    steps=int(notebook.parameter("steps", "900")),
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## What the run is
# MAGIC The same keys as in a settings file; `conceptfreq run` takes them as YAML.

# COMMAND ----------

model = {"model": f"{folder}/model"}
settings = {
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

# COMMAND ----------

# MAGIC %md
# MAGIC ## Counts, accuracy and fit
# MAGIC A second run writes nothing.

# COMMAND ----------

run = open_run(settings, notebook.spark)
run.execute()
notebook.show(run.status()[["corpus", "stage", "planned", "done", "failed", "samples"]])

# COMMAND ----------

# MAGIC %md
# MAGIC ## The most frequent concepts, in captions and in images

# COMMAND ----------

for search in ("text", "image", "integrated"):
    notebook.show(run.frequencies(search)[["search", "threshold", "concept", "frequency", "samples"]].head())

# COMMAND ----------

# MAGIC %md
# MAGIC ## Captions and images that do not agree

# COMMAND ----------

notebook.show(run.misalignment())

# COMMAND ----------

# MAGIC %md
# MAGIC ## The law

# COMMAND ----------

fits = run.fits()
notebook.show(fits[["protocol", "search", "r", "r_unbinned", "slope_per_decade", "slope_low", "slope_high"]])
for figure in run.figures():
    notebook.show(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The same as column functions, on any DataFrame

# COMMAND ----------

from udfs import noun_lemmas

nouns = run.table("samples").select("caption", noun_lemmas("caption").alias("nouns"))
notebook.show(nouns.limit(5).toPandas())
