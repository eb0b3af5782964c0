"""Images through models: read ahead, decoded, staged, computed, answered in order."""
