"""Lets an uddokta apply for a citizen, and follow it up, by a mandate (decision 36)."""
