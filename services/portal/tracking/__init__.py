"""The status of an application without a login."""
