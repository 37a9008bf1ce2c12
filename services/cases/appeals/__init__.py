"""Lets an officer record the objection that a citizen brings to the office, in her name.

The office is one that had the case, and the officer not who decided it. The citizen shows a paper
with a number of her application; her letter is handed in. The same limits hold as on her own page:
applications decides, opens the case again, and tells her by SMS.
"""
