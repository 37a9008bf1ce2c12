"""Copies the names of public services from the catalogue."""
