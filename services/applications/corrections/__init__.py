"""Corrections by uddoktas: one that changes who the applicant is waits for the citizen's consent.

So does an objection to a refusal. Both are kept for a day, encrypted, and sent with the token of
that consent (decision 36).
"""
