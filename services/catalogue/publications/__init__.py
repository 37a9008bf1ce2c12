"""Publishes workflows, tariffs and years of the calendar, in versions.

A draft is checked and tried; one person proposes it, and another one publishes it from a day on.
"""
