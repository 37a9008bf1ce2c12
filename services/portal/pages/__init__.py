"""Layout of all pages, and the pages about the portal itself."""
