"""Draws papers for an uddokta of a service centre, who prints them for the citizen."""
