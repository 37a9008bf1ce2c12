"""Pages on which an officer says who stands in, and on which the programme proposes it."""
