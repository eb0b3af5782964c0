"""The explorer: a web app that shows a lake and writes nothing. `make_app` gives the application (ASGI)."""
