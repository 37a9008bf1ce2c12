"""Keeps the details that citizens save to be offered in forms."""
