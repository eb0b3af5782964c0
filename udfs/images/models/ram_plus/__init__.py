"""RAM++, an open-set tagger (Huang et al., arXiv 2310.15200): own inference from the tensors of its checkpoint.

A Swin Transformer turns the image into tokens; a small cross-attention head asks them one question a label, where a
label is the text embedding of its descriptions. Labels do not know of one another.
"""
