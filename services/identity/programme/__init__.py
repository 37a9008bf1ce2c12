"""Stops centres and uddoktas, and ends their open mandates."""
