"""A real browser for the portal's pages: screenshots, and tests."""
