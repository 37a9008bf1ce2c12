"""More time for a step of a body: one person proposes it with a reason, a second one approves.

Twice at most for a step of a body. The day moves by an approval only; a corrected letter gives no
time.
"""
