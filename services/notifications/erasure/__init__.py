"""Deletes the number and the messages of an erased citizen."""
