"""Rules that say which office is responsible for an application; announced with its service."""
