"""Stores numbers and languages from identity, and has notices about accounts written.

Messages that waited for a contact are released. The messages of a citizen whose number was taken
away wait.
"""
