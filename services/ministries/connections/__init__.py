"""Keeps the connection of each ministry: its adapter, address and credentials.

Operators add versions (`commands.py`). An answer with status 410 stops a connection.
"""
