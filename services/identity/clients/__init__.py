"""Manages the sites that let people log in with us, and authenticates them."""
