"""Recomputes the paper's results from the imported published numbers: fits, comparisons, figures, one document."""
