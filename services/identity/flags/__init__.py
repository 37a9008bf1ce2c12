"""Keeps flags for people of the programme to look at."""
