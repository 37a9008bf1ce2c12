"""Logs citizens in with a code, and out; keeps answers that wait for a login."""
