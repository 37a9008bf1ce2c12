"""Counts what happens to applications, by day, public service and ministry.

It stores counts only: no id of an application or a citizen, no note, no form.
"""
