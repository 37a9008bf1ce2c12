"""Keeps workflows in versions: the ways of applications at offices without own systems."""
