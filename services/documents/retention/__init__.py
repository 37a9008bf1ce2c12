"""Keeps papers while applications need them, scans them again, and deletes them afterwards.

It deletes the papers of an erased citizen, and objects without a row.
"""
