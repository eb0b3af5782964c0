"""RAM++, an open-set tagger (Huang et al., arXiv 2310.15200): own inference from the tensors of its checkpoint.

A Swin Transformer turns the image into tokens. A small cross-attention head gives one logit per label; a label is the
text embedding of its descriptions. Labels do not influence one another.
"""
