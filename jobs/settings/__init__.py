"""What a run is: sections of the settings, checked before Spark starts."""
