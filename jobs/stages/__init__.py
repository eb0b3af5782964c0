"""The stages, which make the tables: one module per stage, and the run that goes through them."""
