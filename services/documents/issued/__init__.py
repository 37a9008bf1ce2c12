"""Lets a citizen give a paper that was issued here, without a file; its receipt has its number."""
