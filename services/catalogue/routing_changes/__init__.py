"""Lets operators set and end routing rules."""
