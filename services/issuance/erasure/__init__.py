"""Erases citizens: their papers are empty, and only the numbers stay."""
