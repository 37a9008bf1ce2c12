"""Pages of the roll-out: areas with what they still need, opened by two people, and paused.

A page of each centre and each office has what was measured or tried there, and takes what somebody
has seen.
"""
