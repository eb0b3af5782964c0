"""Which concepts the samples of a batch hold, counted per shard."""
