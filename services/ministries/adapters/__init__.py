"""Adapters: what each speaks to a ministry's system, and what they have in common."""
