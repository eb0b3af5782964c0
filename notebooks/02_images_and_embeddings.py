# Databricks notebook source
# MAGIC %md
# MAGIC # Images: tags, thresholds and embeddings
# MAGIC
# MAGIC What captions name, images need not show. Here a tagger looks at every image of a corpus, and an embedder keeps
# MAGIC a vector of each; both work on one decoded image, once. A small CLIP that is trained on the drawn corpus itself
# MAGIC is both of them, so that nothing is downloaded (docs/images.md, docs/similarity.md).
# MAGIC
# MAGIC Needed on the cluster: `conceptfreq` as a library, and the extras `text`, `images` and `tracking` where the
# MAGIC runtime lacks spaCy, torch, timm, open_clip or MLflow. A GPU is used if there is one.

# COMMAND ----------

from jobs import Notebook, make_example, open_run

# COMMAND ----------

# MAGIC %md
# MAGIC ## A corpus and a model
# MAGIC `folder` and `largest` are parameters as in the first notebook; `steps` is the length of training (900 steps:
# MAGIC one to two minutes on two cores). What another notebook has made in the folder by the same parameters is used
# MAGIC again, and so is what it has counted.

# COMMAND ----------

notebook = Notebook(globals())
home = notebook.home(notebook.parameter("folder", ""))
example = make_example(
    home.folder,
    max_frequency=int(notebook.parameter("largest", "1500")),
    steps=int(notebook.parameter("steps", "900")),
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## A tagger with several thresholds, and an embedder
# MAGIC Scores from `floor` upwards are stored. A threshold at or above it is applied when concepts are counted, so that
# MAGIC another one costs no look at any image.

# COMMAND ----------

model = {"model": f"{home.folder}/model"}
images = {
    "tagger": {"kind": "clip", **model, "floor": 0.1, "threshold": [0.3, 0.5, 0.7]},
    "embedder": model,
}
evaluate = {**example["evaluate"], "similarity": True}
own = {"name": "images", "lake": home.lake, "tracking": home.tracking}
settings = {**example, **own, "images": images, "evaluate": evaluate}
run = open_run(settings, notebook.spark)
run.execute()
notebook.show(run.status()[["corpus", "stage", "planned", "done", "failed", "samples", "rejects"]])

# COMMAND ----------

# MAGIC %md
# MAGIC ## What is stored of an image
# MAGIC Its tags with their scores, and its embedding as bytes. An image that cannot be used is a row with another
# MAGIC status, and not an error.

# COMMAND ----------

features = run.table("image_features").where("status = 'ok'")
shown = ["shard", "sample", "tags", "length(embedding) AS embedding_bytes"]
notebook.show(features.selectExpr(*shown).limit(3).toPandas())

# COMMAND ----------

# MAGIC %md
# MAGIC ## What a threshold does
# MAGIC Samples found in images above each threshold, beside those found in captions and in both.

# COMMAND ----------

by_threshold = run.frequencies("image").pivot(index="concept", columns="threshold", values="frequency")
by_threshold.columns = [f"image above {threshold:g}" for threshold in by_threshold.columns]
in_captions = run.frequencies("text").set_index("concept")["frequency"].rename("text")
counted = by_threshold.join(in_captions).sort_values("text", ascending=False)
notebook.show(counted.head(10).reset_index())
notebook.show(counted.sum().to_frame("samples found, over all concepts").reset_index(names="search"))

# COMMAND ----------

# MAGIC %md
# MAGIC A higher threshold never finds more. The tagger is a softmax over the names of the list, so above 0.5 an
# MAGIC image has one tag at most, and a second glyph in it is lost there; below 0.5 two may be found. What a
# MAGIC threshold costs is seen best at the rare end: this CLIP learned from the same corpus, so it is unsure of
# MAGIC what it has seldom seen, and its image search finds less of a rare concept than there is. Frequencies by
# MAGIC image search are then low for the very concepts on which the model is bad, which the law would take for an
# MAGIC effect of frequency. Captions do not have this fault.

# COMMAND ----------

# MAGIC %md
# MAGIC ## Captions and images that do not agree
# MAGIC A sample is misaligned if both searches find concepts in it, and have none in common.

# COMMAND ----------

notebook.show(run.misalignment())

# COMMAND ----------

# MAGIC %md
# MAGIC In 394 of the 20,232 samples drawn by default, 1.9 %, the caption names a concept that the image does not
# MAGIC show: that is the `degree` that a perfect tagger would find. What it has above that is the tagger's own
# MAGIC doing. A higher threshold leaves out what the tagger is unsure of, so that fewer samples count at all;
# MAGIC `degree_found` divides by those in which something was found.

# COMMAND ----------

# MAGIC %md
# MAGIC ## Do images show what captions name?
# MAGIC `presence` is P(image | text): the share of the samples found in captions that are found in images too. These
# MAGIC are the concepts of which images show least.

# COMMAND ----------

presence = run.presence()
columns = ["concept", "threshold", "text", "image", "integrated", "presence"]
notebook.show(presence[presence["threshold"] == 0.5].sort_values("presence").head(10)[columns])

# COMMAND ----------

# MAGIC %md
# MAGIC The captions of this corpus are right in 98 of 100 cases, so a low presence here says that the tagger does
# MAGIC not know the concept. In a corpus of the web it may as well say that a name has several meanings, or that
# MAGIC captions speak of what no image shows (docs/senses.md). It is the reason why the integrated search, which
# MAGIC asks for both, starves rare concepts.

# COMMAND ----------

# MAGIC %md
# MAGIC ## How near are test images to the corpus?
# MAGIC For each fresh image the nearest one of the corpus, by the cosine of their embeddings. Is the model good where
# MAGIC it has seen the test image, or one that is nearly the same?

# COMMAND ----------

nearest = run.table("nearest_samples").where("status = 'ok'").toPandas()
notebook.show(nearest.sort_values("similarity", ascending=False).head(5))
notebook.show(nearest["similarity"].describe().to_frame().T)
figure = nearest["similarity"].plot.hist(bins=40, title="similarity of test images to the corpus").figure
notebook.show(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC The law with and without that nearness: gains in accuracy for ten times the frequency, or for 0.1 of similarity.

# COMMAND ----------

law = run.similarity()
text = law[law["search"] == "text"]
notebook.show(text[["of", "slope", "slope_low", "slope_high", "partial_r2", "correlation"]])

# COMMAND ----------

# MAGIC %md
# MAGIC A slope given similarity says what frequency tells beside nearness. On the demo, which is this corpus with
# MAGIC synonyms in its captions (docs/similarity.md), test images have a similarity of 0.817 to 0.999, with a
# MAGIC median of 0.972, and none is a copy. By text search the slope is 0.257 [0.207, 0.308] per decade, and given
# MAGIC similarity 0.272 [0.159, 0.385], although both correlate by 0.82 over concepts; similarity adds nothing that
# MAGIC can be told from 0. That model has learned glyphs, and not images. With few images a concept, similarity is
# MAGIC noisy, and leaves part of its effect with frequency.
