"""Records uses and ends of mandates, and which uddokta may follow up which application."""
