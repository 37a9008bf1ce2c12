"""Pages of the service centres: a map, hours, the way there, and what it costs; and help."""
