"""Keeps the consents of citizens, and gives sites codes, tokens and claims by them."""
