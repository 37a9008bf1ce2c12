"""Tells everybody whether a paper still holds, by its number; it names nobody."""
