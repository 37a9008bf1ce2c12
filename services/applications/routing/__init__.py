"""Which office is responsible for an application, by the catalogue's rules."""
