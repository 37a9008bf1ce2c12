"""Where an application is: for operators and for whoever answers 333.

Asks each service for its part at once, and puts them together: every wait, whose time it was,
attempts, dead letters; a drawing and a table. A service that does not answer is a named gap.
"""
