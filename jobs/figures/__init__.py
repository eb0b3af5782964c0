"""Figures of the fit and of the report: arrays in, a matplotlib Figure or SVG text out, no global state."""
