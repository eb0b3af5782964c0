"""Pairs of a concept and a sample that people judge: drawn, labelled, and what the labels say of searches."""
