"""Service centres as identity announces them: where they are, and whether they run."""
