"""Queues notices about accounts and mandates, in a lane of their own beside codes.

One that expires or fails is a dead letter, with its text and number, until it is sent again.
"""
