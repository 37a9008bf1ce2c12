"""An officer witnesses that a citizen without a phone agrees to an uddokta's help.

The officer types the number that the counter shows, sees what is asked, and confirms it.
"""
