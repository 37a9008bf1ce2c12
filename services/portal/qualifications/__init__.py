"""A page on which everybody checks the number of a qualification; it has no name."""
