"""The tables, and the few ways in which they are read and written."""
