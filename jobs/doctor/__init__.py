"""The checks of `doctor`: one module per subject, one finding per line."""
