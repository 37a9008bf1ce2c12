"""Deletes the messages of an erased citizen.

Other capabilities delete what they have of the citizen (`erase.py`).
"""
