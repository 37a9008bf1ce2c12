"""Keeps papers: their numbers, whether they hold, and what they say, encrypted."""
