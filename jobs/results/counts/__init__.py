"""Frequencies and misalignment, own and published, and what is made of them without a score."""
