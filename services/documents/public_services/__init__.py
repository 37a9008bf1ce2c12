"""Copies from the catalogue which papers the form of each public service asks for."""
