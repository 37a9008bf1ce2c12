"""Seats against need: who is without a qualification, by district and ministry, and the seats.

An uddokta counts in the district of the own centre, an officer at the own ministry. Numbers are at
most half a minute old.
"""
