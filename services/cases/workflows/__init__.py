"""Copies the workflows that the catalogue has published, in all versions."""
