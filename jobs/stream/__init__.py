"""The stream door: Structured Streaming notices new and changed shards, and the stages of a run work on them."""
