"""Tells everybody whether a paper holds: by its number, and by signed lists of ended ones."""
