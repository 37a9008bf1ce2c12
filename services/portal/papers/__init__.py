"""The pages on which papers are given."""
