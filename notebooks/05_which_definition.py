# Databricks notebook source
# MAGIC %md
# MAGIC # Which frequency predicts accuracy best?
# MAGIC
# MAGIC A concept can be counted in captions, in images and in both; by its name alone, or with its aliases.
# MAGIC Each count is another definition of frequency, and they differ in how well they predict what a model
# MAGIC has learned. Here the truth is known: captions of a drawn corpus say another noun for some concepts,
# MAGIC and a small CLIP is trained on them (docs/definitions-compared.md, docs/senses.md).

# COMMAND ----------

from jobs import Notebook, make_example, open_run

# COMMAND ----------

# MAGIC %md
# MAGIC ## A corpus whose captions say *bull* for cow
# MAGIC Half of the captions of some concepts say a synonym. `folder`, `steps` and `largest` are parameters as in the
# MAGIC notebooks before; as this corpus is another one, it has a folder and a lake of its own there.

# COMMAND ----------

notebook = Notebook(globals())
home = notebook.home(notebook.parameter("folder", ""))
example = make_example(
    f"{home.folder}/synonyms",
    max_frequency=int(notebook.parameter("largest", "1500")),
    steps=int(notebook.parameter("steps", "900")),
    synonyms=0.5,
)
own = {"lake": f"{home.lake}_synonyms", "tracking": home.tracking}

# COMMAND ----------

# MAGIC %md
# MAGIC ## By name alone

# COMMAND ----------

by_name = open_run({**example, **own, "name": "by name"}, notebook.spark)
by_name.execute()
fits = by_name.fits()
columns = ["search", "threshold", "r", "slope_per_decade", "slope_low", "slope_high"]
notebook.show(fits[fits["protocol"] == fits["protocol"].iloc[0]][columns])

# COMMAND ----------

# MAGIC %md
# MAGIC ## Definitions compared
# MAGIC The share of the variance of accuracy that each definition explains, also on concepts that were held
# MAGIC out. `behind_over_concepts` says how far a definition lies behind the best one, with its interval; if that
# MAGIC reaches 0, the data do not tell the two apart.

# COMMAND ----------

compared = by_name.compare_definitions()
shown = ["definition", "zeros", "r2", "r2_held_out_concepts", "behind_over_concepts", "behind_over_concepts_low"]
notebook.show(compared[shown].sort_values("r2", ascending=False))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Do images show what captions name?
# MAGIC A low P(image | text) means that a name is ambiguous, that captions name what the image does not show,
# MAGIC or that the tagger does not know the concept.

# COMMAND ----------

presence = by_name.presence()
notebook.show(presence.sort_values("presence").head(10)[["concept", "text", "image", "integrated", "presence"]])

# COMMAND ----------

# MAGIC %md
# MAGIC ## With aliases
# MAGIC The list of concepts may define each of them by several names. Nothing is read again: their samples
# MAGIC are indexed already. Counts by the names alone are shown before, because a lake keeps a list's newest counts.

# COMMAND ----------

names = ["concept", "frequency"]
counted = by_name.frequencies("text")[names]
concepts = [{"name": "glyphs", "file": f"{home.folder}/synonyms/concepts.yaml"}]
with_aliases = open_run({**example, **own, "name": "with aliases", "concepts": concepts}, notebook.spark)
with_aliases.execute()
gained = counted.merge(with_aliases.frequencies("text")[names], on="concept")
gained["gained"] = gained["frequency_y"] - gained["frequency_x"]
gained.columns = ["concept", "by name", "with aliases", "gained"]
notebook.show(gained.sort_values("gained", ascending=False).head(10))

# COMMAND ----------

# MAGIC %md
# MAGIC Of the 96 concepts 24 have another noun in half of their captions. By name alone, text search finds 1,916 of
# MAGIC the 3,939 captions that speak of these; with aliases it finds all of them (docs/definitions.md, which counts
# MAGIC the same corpus). The model was trained on both nouns, and asked by the name alone: what an image shows does
# MAGIC not change with the word, so a count by the name alone says less than the model has seen.

# COMMAND ----------

# MAGIC %md
# MAGIC What was a rare name is a concept as frequent as it was drawn. The law by both frequencies:

# COMMAND ----------

again = with_aliases.fits()
notebook.show(again[again["protocol"] == again["protocol"].iloc[0]][columns])
