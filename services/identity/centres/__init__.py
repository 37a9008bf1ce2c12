"""Manages service centres, their price lists and their devices."""
