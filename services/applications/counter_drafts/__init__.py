"""Keeps the answers that an uddokta types with a citizen at a counter, for two hours."""
