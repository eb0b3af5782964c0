"""Draws the figures of fits and of the report from arrays, as a matplotlib Figure or as SVG text; no global state."""
