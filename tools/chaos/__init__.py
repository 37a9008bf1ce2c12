"""The platform broken on purpose, on a schedule that a seed makes, and looked at from outside."""
