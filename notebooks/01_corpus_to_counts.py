# Databricks notebook source
# MAGIC %md
# MAGIC # From a first corpus to counts
# MAGIC
# MAGIC How often does each concept occur in the captions of a corpus? A small corpus is drawn, and `conceptfreq`
# MAGIC counts its concepts. Only captions are read here: no model for images, and no GPU. All work is done by
# MAGIC `jobs` and `udfs`; this notebook names what to do and shows what came out (docs/python.md explains each name).
# MAGIC
# MAGIC Needed on the cluster: `conceptfreq` as a library, and spaCy with its pipeline (the extra `text`).

# COMMAND ----------

from jobs import Notebook, draw_example, open_run

# COMMAND ----------

# MAGIC %md
# MAGIC ## Where, and how much
# MAGIC On Databricks the session is there already, and each parameter is a widget; elsewhere a session is
# MAGIC made, and a parameter is a variable of the environment, as in `CONCEPTFREQ_NOTEBOOK_FOLDER`.
# MAGIC `folder` is a place that driver and executors see (empty: a volume `files` in a schema
# MAGIC `conceptfreq_notebook` of the current catalog, or a temporary folder); `largest` is the number of images of the
# MAGIC most frequent concept.

# COMMAND ----------

notebook = Notebook(globals())
home = notebook.home(notebook.parameter("folder", ""))
draw_example(home.folder, max_frequency=int(notebook.parameter("largest", "1500")))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What the run is
# MAGIC The same keys as in a settings file, which `conceptfreq run` takes as YAML. For a corpus of your own, write its
# MAGIC format and path here, and a file with one concept a line, and leave out the call that draws.

# COMMAND ----------

settings = {
    "name": "captions",
    "lake": home.lake,
    "corpora": [{"name": "glyphs", "format": "webdataset", "path": f"{home.folder}/corpus"}],
    "concepts": [{"name": "glyphs", "file": f"{home.folder}/concepts.txt"}],
    "captions": {"pipeline": "en_core_web_sm", "match": "strict"},
    "report": {"output": f"{home.folder}/report.html"},
}
run = open_run(settings, notebook.spark)
print(run.stages)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Count
# MAGIC Shards become samples, captions become nouns, nouns become an index, and the index answers the list of concepts.
# MAGIC `succeeded` is true only if every shard is done and enough of each corpus is usable.

# COMMAND ----------

result = run.execute()
print(result.succeeded, result.troubles)
notebook.show(run.status()[["corpus", "stage", "planned", "done", "failed", "samples"]])

# COMMAND ----------

# MAGIC %md
# MAGIC A second run finds nothing to do, and writes nothing:

# COMMAND ----------

print(run.execute().idle)

# COMMAND ----------

# MAGIC %md
# MAGIC ## What was found in the captions
# MAGIC The nouns of a caption do not depend on any list of concepts. The column function is the one that the stage
# MAGIC uses, and works on any DataFrame.

# COMMAND ----------

from udfs import noun_lemmas

nouns = run.table("samples").select("caption", noun_lemmas("caption").alias("nouns"))
notebook.show(nouns.limit(8).toPandas())

# COMMAND ----------

# MAGIC %md
# MAGIC ## The frequencies
# MAGIC The most frequent concepts, and the rarest. `samples` says in how many samples was searched.

# COMMAND ----------

counts = run.frequencies("text")
columns = ["concept", "frequency", "samples"]
notebook.show(counts[columns].head(10))
notebook.show(counts[columns].tail(10))
figure = counts.set_index("concept")["frequency"].astype(float).plot(logy=True, title="frequency by rank").figure
notebook.show(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC The corpus was drawn so that its 96 concepts are spread evenly over the decades, from 1 to 1,500 images, so
# MAGIC the line falls straight on a logarithmic axis. By default *zeta* is the most frequent: 1,582 of the 20,232
# MAGIC images show it, and 1,463 captions name it, which is what a search in captions can find. The difference is
# MAGIC the rule: 5 % of the captions name nothing, 2 % a wrong concept, and half of those of two glyphs one of
# MAGIC them. At the rare end that decides: the one image of the *moon* has a caption without it, so its frequency
# MAGIC is 0, although the corpus has it. *Alpha*, *house*, *monkey*, *pawn* and *pencil* are named once.

# COMMAND ----------

# MAGIC %md
# MAGIC ## Any other word
# MAGIC The index holds every noun, so a word that is on no list is answered without reading a caption again.

# COMMAND ----------

looked = ["concept", "frequency", "samples", "rank", "of"]
for word in ("queen", "picture", "red queen", "zebra"):
    notebook.show(run.lookup(word)[looked])

# COMMAND ----------

# MAGIC %md
# MAGIC By default *picture*, which is on no list, is in 164 captions, and would be 29th among the concepts. A
# MAGIC phrase asks for each of its nouns: three captions speak of a red queen, and in one of them spaCy takes *red*
# MAGIC for a noun. The *zebra* is in none; that is a 0 of 20,232 captions that were searched, and no gap.

# COMMAND ----------

# MAGIC %md
# MAGIC ## See for yourself
# MAGIC Five captions of a concept, drawn by a seed.

# COMMAND ----------

notebook.show(run.samples("queen", limit=5, seed=1)[["shard", "sample", "caption"]])

# COMMAND ----------

# MAGIC %md
# MAGIC ## How long is the tail?

# COMMAND ----------

notebook.show(run.tails("text").T.reset_index())

# COMMAND ----------

# MAGIC %md
# MAGIC By default 31 % of the concepts are in fewer than 10 captions, 63 % in fewer than 100, and 95 % in fewer
# MAGIC than 1,000: about a third of them in each decade, as they were drawn. The Gini coefficient is 0.73 (0 if all
# MAGIC were equally frequent, 1 if one had everything). Of a corpus of the web the tail is longer by far: in CC-3M
# MAGIC the text search finds 38 % of the paper's concepts never (docs/reproduction.md). A power law is fitted to
# MAGIC the 84 concepts that are in 3 captions or more: its exponent is 1.32, and its distance from the data (`ks`)
# MAGIC 0.16, which is much. Frequencies that were drawn evenly end at 1,500, and a power law does not end.
