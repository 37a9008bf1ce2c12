"""Pages of the programme's staff: centres on the map and in a table, and flags.

Two people together pause or suspend an uddokta.
"""
