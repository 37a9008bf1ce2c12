"""Erases citizens: an open case is withdrawn and emptied, a decided one is sealed.

A decided case is the file of its office. It stays without its person, is read by its number, and is
deleted after the years that the rule of its service names.
"""
