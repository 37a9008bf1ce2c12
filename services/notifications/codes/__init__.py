"""Turns requests for one-time codes into messages.

Expired codes are closed and deleted; how long the oldest one waits is measured.
"""
