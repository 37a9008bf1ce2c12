"""What is stuck in the programme: where, since when, and with whom. Follows from facts alone."""
