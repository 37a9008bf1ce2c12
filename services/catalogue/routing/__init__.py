"""Stores the rules that say which office is responsible for an application, in all versions.

The first rules are those of the reference. The rules of a public service are announced with it.
"""
