"""Keeps a journal of who printed which paper at which service centre, and when."""
