"""Draws papers as PDF/A-3b, in a process without keys that has what the paper says only."""
