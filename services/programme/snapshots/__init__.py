"""Weekly snapshots that never change: the page of those who lead, and open data for everybody.

A week ends on Saturday. Numbers of applications are those of that week alone, so that no two
snapshots can be subtracted. Cells of 1 to 4 are hidden, and as many others as it takes that none of
them follows from sums (`hiding.py`).
"""
