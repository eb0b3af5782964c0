"""Looking after a lake: what would be done, and doing it."""
