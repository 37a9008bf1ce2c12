"""Layout, style and font of all pages, and the pages about the portal itself."""
