"""Attributes of samples: the language and the length of a caption, the domain of a URL, the size of an image."""
