"""Which areas are open: two people open one, and one person pauses it.

An area opens when the one around it is open, and a centre within it has all that is needed on that
day. Assisted applications stop below a paused area: `rollout.v1` tells identity.
"""
