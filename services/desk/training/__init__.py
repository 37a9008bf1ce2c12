"""Training at the desk: courses, sessions, attendance and tests; and the own qualification.

The programme's staff set sessions and record tests. Uddoktas and officers see until when they are
qualified, and take a seat.
"""
