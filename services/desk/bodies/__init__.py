"""Pages of the programme's staff about ministries, divisions and offices.

The list has what is overdue, why, and since when. The page of a body has every fact, and forms to
record another one or to correct one. Beside it stand who was reminded of what, and more time, which
two people give.
"""
