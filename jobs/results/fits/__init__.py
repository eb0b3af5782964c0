"""Scores against frequencies: the inputs of fits, stored and new ones, and what is told by them."""
