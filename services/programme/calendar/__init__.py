"""Copies the calendar of offices, year by year: all working days here are counted by it."""
