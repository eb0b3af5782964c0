"""Estimates the cost of a whole corpus from a sample of its shards."""
