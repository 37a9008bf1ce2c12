"""Lets an officer do one thing with up to 500 cases of one duty and one step at once.

It is never a refusal, and nothing that needs words, papers or values. Whoever does it types how
many they are. Each case has its own result; one that has changed since is named and left.
"""
