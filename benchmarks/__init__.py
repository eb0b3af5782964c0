"""Measurements, each made by one command of the Makefile, and the documents that they fill in docs/benchmarks."""
