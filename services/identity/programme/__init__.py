"""Creates and changes centres; stops and reinstates uddoktas.

The open mandates of a centre or an uddokta who is stopped end.
"""
