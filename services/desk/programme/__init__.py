"""Pages of the programme's staff: centres on the map and in a table, uddoktas, and flags.

Two people together pause, suspend or reinstate an uddokta.
"""
