"""Limits the calls to a ministry's system.

Operators set planned outages, hours of service, and calls at once and a second by command
(`commands.py`). The job runner asks `limits.py`.
"""
