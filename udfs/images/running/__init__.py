"""Runs images through models: they are read ahead, decoded, staged and computed, and results come in order."""
