"""The upkeep of a lake: plans the work, and does it."""
