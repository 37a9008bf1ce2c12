"""Works on cases: what a command does is stored and announced in one transaction.

A case is a row with a revision, its history, its open tasks and its clocks. Every change is one
update on the revision that was read, so two that cross cannot both hold. The tasks are the queues
of the offices; they and the clocks follow from the case and its workflow, and are written with it.
"""
