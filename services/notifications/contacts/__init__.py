"""Stores numbers and languages from identity, and writes notices about accounts.

Messages that waited for a contact are released. The messages of a citizen whose number was taken
away wait.
"""
