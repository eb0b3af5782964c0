"""Driver side of conceptfreq: settings, stages, tables, statistics. `jobs` may import `udfs`, never the other way round."""
