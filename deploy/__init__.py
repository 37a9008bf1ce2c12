"""What derives from the map of topics for a real environment."""
