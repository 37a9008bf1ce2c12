"""Checks of a ministry's system through the adapter that we host for it."""
