"""What help at service centres costs citizens, and what kinds of complaints there are about it.

It stores counts by day, centre and public service only: no id of a mandate or a citizen, no words.
"""
