"""Postings: for each key of a shard, the samples that hold it; and what is computed from such sets of samples."""
