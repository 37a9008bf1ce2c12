"""Questions of bodies to the programme: answered within 3 working days, or on a list of late ones.

A question is kept without who asked: the body is enough to answer it. What is useful to others a
person makes public, in words of its own.
"""
