"""Lets an uddokta apply for a citizen and follow it up, with the citizen's mandate (decision 36)."""
