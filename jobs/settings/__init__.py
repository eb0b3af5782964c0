"""The settings of a run: sections that are checked before Spark starts."""
