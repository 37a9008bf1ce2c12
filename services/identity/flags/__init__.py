"""Raises flags for people of the programme to look at, and makes the figures of the centres."""
