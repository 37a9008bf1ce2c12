"""Publishes what public services are: a ministry's editor proposes it, a publisher approves it.

One person may close a service, or say that its office is asked for the fee.
"""
