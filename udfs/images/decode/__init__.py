"""Turns an image's bytes into pixels, or into the status that gives the reason why there are none."""
