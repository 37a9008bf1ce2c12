"""Limits when, and how much, a ministry's system is called.

Operators set planned outages, hours of service, and calls at once and a second by command
(`commands.py`). The job runner asks `limits.py`.
"""
