"""Deletes forms and file numbers of an erased citizen, and stores no number afterwards.

A ministry that may have the application is told of its withdrawal.
"""
