"""Copies the names and fees of public services from the catalogue."""
