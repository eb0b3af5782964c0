"""Driver side of conceptfreq: settings, stages, tables, statistics. It may import `udfs`, never the other way round."""
