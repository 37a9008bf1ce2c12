"""Serves the metadata of the OpenID provider, and the pages on which people log in for a site."""
