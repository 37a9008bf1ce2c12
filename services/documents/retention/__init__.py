"""Keeps papers while applications need them, and deletes them afterwards.

It also deletes objects without a row.
"""
