"""Find a public service, and see what it takes before one applies."""
