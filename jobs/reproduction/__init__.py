"""The paper's results recomputed from what was published and imported: fits, comparisons, figures, one document."""
