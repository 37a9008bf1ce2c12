"""Registers citizens at the first login, and keeps their profiles.

After a long silence of a number it asks for a proof.
"""
