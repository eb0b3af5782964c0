"""The work of the subcommands, after their arguments are read and their settings are checked."""
