"""What `doctor` looks at: one module a subject, one finding a line."""
