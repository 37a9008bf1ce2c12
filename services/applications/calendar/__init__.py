"""Copies the calendar of offices, year by year."""
