"""The device that a worker runs its model on, and whose turn it is."""
