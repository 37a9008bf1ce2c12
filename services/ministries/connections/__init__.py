"""Keeps the connection of each ministry: its adapter, address and credentials.

Operators add versions (`commands.py`). A system that says it is gone stops its connection.
"""
