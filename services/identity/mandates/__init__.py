"""Manages mandates: consent, token, use, end, receipt.

The programme's staff stop centres and uddoktas, whose open mandates end, and look at figures.
"""
