"""Refreshes, lists and ends sessions, which `codes` and `staff` open."""
