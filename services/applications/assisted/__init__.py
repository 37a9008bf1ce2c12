"""Lets an uddokta apply for a citizen with her mandate, and follow it up (decision 36)."""
