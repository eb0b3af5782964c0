"""Frequencies that deserve distrust: one function a rule, over plain records, each finding with its reason."""
