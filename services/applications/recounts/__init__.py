"""Counts the applications of a day again, at night, from the rows that are there.

Yesterday, and the days 7, 30 and 90 days before: whoever counts events can compare, so that an
application that was lost on the way is seen. No application is named.
"""
