"""Finds frequencies that deserve distrust: one function per rule, over plain records; each suspicion has a reason."""
