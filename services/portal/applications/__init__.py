"""Pages of a citizen's applications: list, one application, receipt, withdrawal."""
