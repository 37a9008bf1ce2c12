"""Workshops for bodies: who is invited, who came, what was asked there, and the minutes.

A question that was asked at a workshop is on the same list as all others. Whoever was invited and
has never come is shown.
"""
