"""Pages of workshops: who is invited, who came, what was asked, the minutes, and who never came.

The programme's staff record it; the bodies that were invited read it.
"""
