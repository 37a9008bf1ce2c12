"""Rotates and revokes the keys that sign tokens, and publishes the key set.

`key_ring.py` signs and checks tokens.
"""
