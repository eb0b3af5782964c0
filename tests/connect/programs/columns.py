"""Column functions and their SQL names on a server's session; prints what they find in a caption and in two files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from udfs import image_tags, noun_lemmas, register

tagger, *files = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
posts = spark.createDataFrame([("Two dogs on the beach",)], "caption string")
print(posts.select(noun_lemmas("caption")).collect()[0][0])

register(spark)
posts.createOrReplaceTempView("posts")
print(spark.sql("SELECT noun_lemmas(caption) FROM posts").collect()[0][0])

pictures = spark.createDataFrame([(Path(file).read_bytes(),) for file in files], "image binary")
tagged = pictures.select(image_tags("image", json.loads(tagger), floor=0.0).alias("tags"))
print([len(row["tags"]) for row in tagged.collect()])
