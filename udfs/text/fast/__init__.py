"""The fast way to a caption's nouns: the pipeline's own tokenizer, weights, rules and tables, without its documents."""
