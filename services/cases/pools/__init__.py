"""Lets two officers rank the cases of a group against a quota, as a pool of a workflow says.

One draws the list, which moves nothing, and decides a tie at the edge of the quota. Another one
confirms it with the number of its cases; then each is selected or waits, in batches.
"""
