"""Pages of a citizen's applications: list, one with its SMS, confirmation, withdrawal."""
