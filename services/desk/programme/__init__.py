"""Pages of the programme's staff: centres on the map, accounts, uddoktas, and flags.

Two people together pause, suspend or reinstate an uddokta, and let an account begin again.
"""
