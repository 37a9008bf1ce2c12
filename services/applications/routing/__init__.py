"""Finds the office responsible for an application, by the catalogue's rules (decision 34)."""
