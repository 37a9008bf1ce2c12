"""Forwards requests to the services, and caches responses that are the same for all callers."""
