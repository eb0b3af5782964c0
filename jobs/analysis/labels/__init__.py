"""What labels of drawn pairs tell: rates of right ones, totals, frequencies and thresholds of concepts, and the law."""
