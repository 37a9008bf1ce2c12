"""Chaos: the platform is broken on a seeded schedule while citizens apply, then checked."""
