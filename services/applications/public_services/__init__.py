"""Copies the catalogue's public services, and caches them with compiled forms."""
