"""Copies the tariffs that were published, for bills and for rules that ask for amounts."""
