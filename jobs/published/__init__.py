"""Imports the authors' published results (arXiv 2404.04125) from a clone of their repository into a lake's tables."""
