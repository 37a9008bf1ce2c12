"""Loads and lists areas and post offices."""
