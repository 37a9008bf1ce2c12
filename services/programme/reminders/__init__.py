"""Mails about what bodies were asked for: before its day, on it, and after it to ever higher posts.

`rules.py` says from the steps, the day and the calendar which reminder is due. Each is sent once:
of several that have become due while nothing could be sent, the highest one. What is done meanwhile
is not reminded of, nor is anything on a day off, nor in a year without a list of holidays.
"""
