"""Finds a caption's nouns fast: with the pipeline's tokenizer, weights, rules and tables, without spaCy documents."""
