"""Carries out what is due when a clock of a step runs out: its time-out, or the next in line.

A clock that is late runs out too, however late; one that ran out is gone with its visit.
"""
