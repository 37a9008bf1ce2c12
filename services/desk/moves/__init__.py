"""The page on which operators move open applications to the offices that are responsible now.

A move is counted first, office by office, and changes nothing. It starts with exactly that number.
"""
