"""Erases citizens: an open case is withdrawn and emptied, a decided one is sealed.

A decided case is the file of its office. It stays without its person, and is read by its number.
"""
