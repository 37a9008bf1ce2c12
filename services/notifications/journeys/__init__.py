"""Answers operators and the helpline where an application is, with the times of its messages."""
