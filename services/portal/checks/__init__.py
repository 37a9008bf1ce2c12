"""Pages on which everybody checks a paper: whether it holds now, and who signed it."""
