"""The concepts of a run: lists, labels, and the questions that a run asks of a corpus with them."""
