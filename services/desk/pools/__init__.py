"""Pages on which two officers rank the cases of a group against a quota.

One draws the list, which moves nothing, and decides a tie. Another one types the number of its
cases and confirms it; then each case is selected or waits.
"""
