"""The device on which a worker runs its model, and the lock that lets one task at a time use a GPU."""
