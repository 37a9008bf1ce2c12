"""Brings an overdue case to a person, and then to the next in line, a rung after the other.

The officers whose duty it waits for see it as theirs; after two working days their superior does,
after five the ministry's focal point has a mail, and after ten the joint secretary. Each once; of
several that have come while nobody looked, the highest only, and none on a day off.
"""
