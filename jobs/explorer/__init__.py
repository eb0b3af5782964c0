"""The explorer: a web app that shows a lake and writes nothing (`jobs.explorer.app.make_app`)."""
