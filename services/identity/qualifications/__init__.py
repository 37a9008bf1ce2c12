"""Copies who is qualified by which course until when, and from which day on a course is needed.

An uddokta's licence is announced with the last day that follows, and an officer's post, so that
each service refuses from its own copy. Until a course is needed, the certificate of before counts.
"""
