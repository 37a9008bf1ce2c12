"""The parts of all pages: layout, files, and the pages about the portal itself."""
