"""Pages of the programme's staff: centres, uddoktas, offices, officers, accounts, and flags.

Lists are searched and paged. One person makes and changes a centre, its prices and devices, and an
office. Two people together pause, suspend or reinstate an uddokta, and let an account begin again.
"""
