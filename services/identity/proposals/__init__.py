"""Acts of two people of the programme: accounts that begin again, and a list of all proposals."""
