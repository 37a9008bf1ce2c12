"""Manages mandates: consent, token, use, end, and notices of them.

The programme's staff stop centres and uddoktas, whose open mandates end, and look at figures.
"""
