"""Answers operators and the helpline where an application is, with the steps of its cases."""
