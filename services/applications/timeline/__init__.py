"""Shows a citizen's applications and their timelines; adds messages that failed for good."""
