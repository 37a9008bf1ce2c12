"""Logs staff in and out: password, and a code of an app or a passkey.

Leads to the first page of a person's role, and says so where a role has none yet.
"""
