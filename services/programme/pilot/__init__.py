"""The criteria of the pilot: set by two people before it ends, and computed from what is counted.

What nobody counts makes its criterion not known, and then the pilot has not passed.
"""
