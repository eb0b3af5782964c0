"""The tables, and the few ways in which anything is read from or written to them."""
