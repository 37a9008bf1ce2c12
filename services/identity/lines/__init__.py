"""Announces what enrolled devices of centres measured of the line there.

It stores nothing: whether the line is enough, and how long that counts, is for the programme.
"""
