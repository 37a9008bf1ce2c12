"""Moves open applications in bulk to the office that is responsible now.

A move is planned, counted, then done in batches (`plan-move`, `start-move`, `cancel-move`,
`moves`; `/v1/operations/moves`).
"""
