"""Acts by two people: one proposes, another one approves, and only then it is done.

A capability keeps its acts here under a subject of its own, such as `uddokta <id>`, and does what
an act says in the transaction that approves it.
"""
