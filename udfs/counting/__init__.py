"""Counts how many samples of each shard hold each concept."""
