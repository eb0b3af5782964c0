"""Verifies stored results: draws samples, reads them again by a plain path, and compares."""
