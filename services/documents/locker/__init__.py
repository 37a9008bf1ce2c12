"""Lets citizens list, view, download and delete their papers."""
