"""A real browser for our pages: screenshots, and tests."""
