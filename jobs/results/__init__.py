"""The readers of the tables: frequencies, inputs of fits, status, and suspicious counts."""
