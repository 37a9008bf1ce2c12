"""Corrections by uddoktas: one that changes who the applicant is waits for the citizen's consent.

It is kept for a day, encrypted, and sent with the token of that consent (decision 36).
"""
