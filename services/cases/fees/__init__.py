"""Keeps the bills of fee steps; two officers settle one with the number of its challan."""
