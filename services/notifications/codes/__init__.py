"""Turns requests for one-time codes into messages.

Expired codes are closed and deleted.
"""
