"""Limits the calls to a ministry's system.

A focal point announces outages and sets the hours of the own system on a page. Operators do it for
any, and set calls at once and a second, by command (`commands.py`). The job runner asks
`limits.py`.
"""
