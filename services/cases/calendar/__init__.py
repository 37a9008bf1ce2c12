"""Copies the calendar of offices, and lets the days of open cases follow when it changes."""
