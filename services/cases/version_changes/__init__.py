"""Moves open cases to the version of their workflow that holds now, in bulk.

A change is counted first, step by step. A second person starts it with exactly that number of
cases. It moves them in batches, goes on after a crash, and finds nothing when it is done again.
"""
