"""Records until when an officer is away, and which colleague has the duties meanwhile.

The deputy (ভারপ্রাপ্ত) is an officer of the same office and has the duties that the officer has
there, from the first to the last day. An officer names her own; where the programme does, it takes
two people. In the same days nobody is both away and a deputy, so there is no deputy of a deputy.
"""
