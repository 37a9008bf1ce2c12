"""Tells officials by mail when a ministry's system is away for long.

After 48 hours the focal point gets the mail, or after an hour where the system is stopped, does
not admit us, or files are stuck; after 30 days the next in line (`jobs.py`,
`adapters/smtp.py`). Operators have work lists, try waiting deliveries at once, or settle them.
"""
