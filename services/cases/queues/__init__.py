"""Shows officers what waits for their duties, and superiors the numbers; assigns for 15 minutes."""
