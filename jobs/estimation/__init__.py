"""What a whole corpus will cost, from a sample of its shards."""
