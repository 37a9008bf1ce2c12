"""The page that says what a grievance is, and the beginning of one with what is known already."""
