"""Keeps the answers that a citizen has typed so far, for any front end."""
