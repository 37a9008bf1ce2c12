"""Pages of a citizen's applications: list, one application with its SMS, receipt, withdrawal."""
