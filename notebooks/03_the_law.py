# Databricks notebook source
# MAGIC %md
# MAGIC # The law: performance against frequency
# MAGIC
# MAGIC arXiv 2404.04125 found that what a model can do on a concept grows with the logarithm of the concept's frequency
# MAGIC in its training data. The first half of this notebook fits that law to a corpus and a model of your own: with
# MAGIC intervals, in other forms, and with a verdict. The second half does the same with the paper's own results
# MAGIC (docs/law.md, docs/reproduction.md).
# MAGIC
# MAGIC Needed on the cluster: `conceptfreq` as a library with the extras `text`, `images` and `tracking`, and for the
# MAGIC second half a clone of the authors' repository, frequency_determines_performance.

# COMMAND ----------

import os

from jobs import Notebook, make_example, open_run, pictures

# COMMAND ----------

# MAGIC %md
# MAGIC ## A corpus and a model
# MAGIC `folder`, `steps` and `largest` are parameters as in the notebooks before; `published` names the clone, or a
# MAGIC folder with a part of it.

# COMMAND ----------

notebook = Notebook(globals())
home = notebook.home(notebook.parameter("folder", ""))
clone = notebook.parameter("published", os.environ.get("CONCEPTFREQ_PUBLISHED", "frequency_determines_performance"))
example = make_example(
    home.folder,
    max_frequency=int(notebook.parameter("largest", "1500")),
    steps=int(notebook.parameter("steps", "900")),
)
run = open_run({**example, "name": "law", "lake": home.lake, "tracking": home.tracking}, notebook.spark)
run.execute()

# COMMAND ----------

# MAGIC %md
# MAGIC ## How sure is the slope?
# MAGIC The gain in accuracy for ten times the frequency, over concepts, with its 95 % interval. r between means of bins
# MAGIC stands beside it: means hide how much single concepts differ, which is what `r_unbinned` and `r2` show.

# COMMAND ----------

fits = run.fits()
key = ["protocol", "search", "threshold"]
notebook.show(fits[[*key, "slope_per_decade", "slope_low", "slope_high", "r", "r_unbinned", "r2", "concepts"]])

# COMMAND ----------

# MAGIC %md
# MAGIC ## The verdict
# MAGIC One to three sentences that these numbers force; `direction` is `cannot say` if the interval holds 0.

# COMMAND ----------

verdicts = run.verdicts()
for words in verdicts["search"] + ": " + verdicts["verdict"]:
    print(words)

# COMMAND ----------

# MAGIC %md
# MAGIC Accuracy gains about a quarter for ten times the frequency in such a corpus: on the demo, which is this one
# MAGIC with synonyms in its captions, 0.257, between 0.207 and 0.308 (docs/similarity.md). The drawing leaves
# MAGIC frequency nothing to be mixed up with, as which concept is frequent was drawn by lot, so the slope is that
# MAGIC of a cause. Of a real corpus only the association is seen: concepts that are frequent may also be easier,
# MAGIC and docs/law.md says what an interval then holds for. If a search finds less of what the model does not
# MAGIC know, as the image search by the same model does, its slope is no evidence for the law.

# COMMAND ----------

# MAGIC %md
# MAGIC ## Is it a line?
# MAGIC A line, a logistic curve, a power law, and a line with a knot. `weight` is Akaike's, `off_concepts` the error on
# MAGIC concepts that were held out, and `told_apart` says whether that is surely worse than the best form's.

# COMMAND ----------

forms = run.forms()
columns = ["search", "form", "weight", "off_concepts", "further_off", "further_off_low", "told_apart", "knot"]
notebook.show(forms[columns])

# COMMAND ----------

# MAGIC %md
# MAGIC Accuracy is a share: it cannot go below chance nor above 1, so a curve that bends at its ends is expected to
# MAGIC fit where rare concepts lie at chance and frequent ones near 1. A form is worse only if `told_apart` says
# MAGIC so; of forms that are not told apart take the line, which needs the fewest words. A knot is a frequency
# MAGIC above which more samples bring more, or less, than below.

# COMMAND ----------

# MAGIC %md
# MAGIC ## The picture
# MAGIC Each point is a concept. The whole page, with a table of all concepts to search in, is `report.html`.

# COMMAND ----------

for figure in run.figures():
    notebook.show(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## What the law expects of a concept
# MAGIC The interval is for this one concept, and wider than that of the law.

# COMMAND ----------

looked = run.lookup("queen")
notebook.show(looked[["search", "frequency", "rank", "of", "model", "performance", "low", "high"]])

# COMMAND ----------

# MAGIC %md
# MAGIC # The paper's results, recomputed
# MAGIC The authors published how often each concept occurs in six corpora, and how well models do on it. A clone of
# MAGIC their repository is imported into a lake of its own: the same tables that a corpus of yours fills, so that they
# MAGIC could as well stand beside yours. A second import of the same files writes nothing.

# COMMAND ----------

settings = {"name": "paper", "lake": f"{home.lake}_published", "fit": {"protocols": ["paper", "default"]}}
paper = open_run(settings, notebook.spark)
results = paper.import_published(clone)
print(f"{sum(results.rows.values()):,} rows of {sum(results.files.values())} files")
print(f"{len(results.problems)} files not as expected, {sum(len(one.files) for one in results.absent)} absent")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Fit
# MAGIC Every corpus, search, threshold, prompt and model that is there, under both protocols: that of the
# MAGIC paper (`conf/protocols/paper.yaml`), and ours (`conf/protocols/default.yaml`).

# COMMAND ----------

found = paper.reproduce()
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
# MAGIC With all files of the authors this makes 1,944 fits (docs/reproduction.md). RN50, trained on CC-3M and
# MAGIC measured by the ensemble of prompts, is typical. Between means of bins of the text search r is 0.934, and
# MAGIC over single concepts 0.480: frequency explains 23 % of how concepts differ. Over one pool of all sets
# MAGIC accuracy gains 8.1 points for ten times the frequency, between 7.5 and 8.8; but sets differ both in
# MAGIC difficulty and in frequency, and within sets it is 5.69 points, between -0.04 and 11.43 for sets that are not
# MAGIC among these, so that it can just not be told from none. By the image search it is 6.7, between 3.0 and 10.4.
# MAGIC The law holds; it is less steep and less sure than the picture of means suggests. For YFCC-15M and
# MAGIC LAION-400M r over concepts is lower still, 0.17 to 0.36 in both searches.

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
