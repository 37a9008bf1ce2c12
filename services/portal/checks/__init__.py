"""Pages on which everybody checks a paper: whether it holds now, and who signed it.

A browser keeps them, so that they open without the internet: signatures are checked, and whether a
paper holds is as it was last known.
"""
