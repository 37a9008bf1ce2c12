"""Sends messages, and records results and delivery reports.

Jobs send due messages (`jobs.py send` → `adapters/`). Results and reports are recorded, and
failures announced (`use_cases.py`, `rules.py`). Operators resend (`jobs.py MANUAL_ACTIONS`).
"""
