"""Stores the papers of officers for cases, which say what stays.

They are no citizen's: no locker has them. One that no case has is gone after two days, the others
with their case.
"""
