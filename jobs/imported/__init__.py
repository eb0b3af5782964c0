"""Imports scores that somebody else measured, of any model on any concepts, into a lake's table of evaluations."""
