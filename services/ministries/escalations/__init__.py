"""Tells officials by mail when a ministry's system is away for long.

Who answers for a ministry is announced by the programme; whose last day has passed is told nothing.
After 48 hours the focal point gets the mail, or after an hour where the system is stopped, does
not admit us, or files are stuck; after 30 days the deputy (`jobs.py`,
`libs/mail.py`). Operators have work lists, try waiting deliveries at once, or settle them.
"""
