"""Imports what somebody else measured or counted: scores per concept, and other groups' tables of frequencies."""
