"""Uddoktas and officers as identity announces them: where, and whether active; no names."""
