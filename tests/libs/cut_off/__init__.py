"""A service that writes to a connection whose other end is gone."""
