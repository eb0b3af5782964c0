"""Definitions of frequency, compared by how well they predict scores, and what they measure in common."""
