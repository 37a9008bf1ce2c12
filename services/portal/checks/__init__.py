"""Pages on which everybody checks a paper: whether it holds now, and offline who signed it."""
