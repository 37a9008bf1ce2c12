"""Marks applications whose deadline has passed."""
