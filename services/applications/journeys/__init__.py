"""Answers operators and the helpline where an application is, with its changes and their times."""
