"""Which form the law has: linear, logistic, power or hinge, compared over the same concepts."""
