"""Takes a rating of one to five and a sentence from a citizen, once after the decision.

The counts by public service and month are public.
"""
