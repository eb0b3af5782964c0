"""The concepts of a run: lists, labels, and the questions that they ask of a corpus."""
