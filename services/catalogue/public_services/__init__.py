"""Loads, changes, announces, lists and searches public services and bodies."""
