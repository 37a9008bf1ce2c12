"""Shows officers what waits for their duties, and assigns it to them for 15 minutes."""
