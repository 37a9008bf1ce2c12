"""Erases accounts in steps: requested, due, announced, confirmed by the other services."""
