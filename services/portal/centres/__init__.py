"""Pages of the service centres: where they are, when they are open, how to get there; and help."""
