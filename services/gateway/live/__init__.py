"""Opens live views of an application: a snapshot, then every event as it happens.

A browser opens one with a ticket (decision 32).
"""
