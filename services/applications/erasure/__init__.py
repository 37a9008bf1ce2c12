"""Withdraws an erased citizen's running applications; deletes forms, notes and comments.

Cases stay without a person.
"""
