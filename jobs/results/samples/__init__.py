"""Which samples hold concepts: drawn, counted together, broken down, and kept or dropped."""
