"""Facts about bodies, and the state that follows from them.

People record what happened, with evidence; services are announced by the catalogue. Facts are only
added, in any order. `rules.py states_of` makes the state of every body on a day from them.
"""
