"""Bytes of an image to pixels, or to the status that says why there are none."""
