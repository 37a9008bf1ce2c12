"""Accepts applications and corrections; concurrent requests share a transaction."""
