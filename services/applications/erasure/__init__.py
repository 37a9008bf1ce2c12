"""Withdraws an erased citizen's running applications, and deletes forms and notes.

Other capabilities delete what they have of the citizen (`erase.py`). Cases stay without a person.
"""
