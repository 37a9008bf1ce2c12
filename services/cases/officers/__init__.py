"""Copies who is an officer, where, and with which duties; nobody's name is here."""
