"""Shows a status without a login, for the tracking number and the citizen's number."""
