"""Checks the token of a request, and counts it against the limits of address and caller.

It also limits the open uploads and downloads of a caller.
"""
