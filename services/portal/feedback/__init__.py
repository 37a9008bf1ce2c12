"""How it went: a citizen says so after the decision, and everybody reads it of a public service."""
