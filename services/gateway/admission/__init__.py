"""Checks the token of a request, and counts it against the limits of address and citizen.

It also limits the open uploads and downloads of a citizen.
"""
