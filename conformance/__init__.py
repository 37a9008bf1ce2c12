"""Checks whether a ministry's adapter keeps the contract of its two topics; see README.md."""
